package io.fovea.text;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Finds the longest user-defined symbol that a text begins with. */
final class SymbolMatcher {
  private final byte[][] symbols; // in byte order, so symbols with a common prefix are neighbours

  /** A matcher for the user-defined symbols of a vocabulary, of which there may be none. */
  SymbolMatcher(PieceTable pieces) {
    symbols =
        IntStream.range(0, pieces.size())
            .filter(id -> pieces.kind(id) == PieceTable.Kind.USER_DEFINED)
            .mapToObj(id -> Arrays.copyOfRange(pieces.bytes(), pieces.start(id), pieces.end(id)))
            .sorted(Arrays::compareUnsigned)
            .toArray(byte[][]::new);
  }

  /** Bytes of the longest symbol at {@code text[from, to)}; 0 if none begins there. */
  int longestAt(byte[] text, int from, int to) {
    int low = 0;
    int high = symbols.length; // symbols[low, high) agree with the text so far
    int longest = 0;
    for (int depth = 0; low < high && from + depth < to; depth++) {
      int wanted = text[from + depth] & 0xFF;
      low = firstAtLeast(wanted, depth, low, high);
      high = firstAtLeast(wanted + 1, depth, low, high);
      if (low < high && symbols[low].length == depth + 1) {
        longest = depth + 1;
      }
    }
    return longest;
  }

  /** The first of {@code symbols[low, high)} whose byte at {@code depth} is at least the wanted. */
  private int firstAtLeast(int wanted, int depth, int low, int high) {
    int from = low;
    int to = high;
    while (from < to) {
      int middle = (from + to) >>> 1;
      byte[] symbol = symbols[middle];
      int value = depth < symbol.length ? symbol[depth] & 0xFF : -1; // a shorter symbol sorts first
      if (value < wanted) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }
}
