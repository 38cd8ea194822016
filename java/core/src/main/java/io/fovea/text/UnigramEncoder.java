package io.fovea.text;

import java.util.Arrays;

/**
 * Splits text into the pieces whose scores have the highest sum (Viterbi's algorithm). Of equal
 * sums the one found first counts, going through the text from left to right and to longer pieces.
 *
 * <p>One instance serves one text.
 */
final class UnigramEncoder {
  /** Takes what a text was split into, in order. */
  interface Output {
    /** A piece. */
    void piece(int id);

    /** Characters that are no piece, as many as there are side by side: {@code text[from, to)}. */
    void unknown(int from, int to);
  }

  private static final int UNKNOWN = -1;
  private static final int UNREACHED = -2;

  private final UnigramPieces pieces;
  private final byte[] text;

  // The best way to each place of the text: its score, its last piece and where that begins.
  private final double[] scores;
  private final int[] ids;
  private final int[] starts;

  private UnigramEncoder(UnigramPieces pieces, byte[] text) {
    this.pieces = pieces;
    this.text = text;
    scores = new double[text.length + 1];
    ids = new int[text.length + 1];
    starts = new int[text.length + 1];
    Arrays.fill(ids, UNREACHED);
  }

  /**
   * Splits a text.
   *
   * @param text UTF-8
   */
  static void encode(UnigramPieces pieces, byte[] text, Output output) {
    UnigramEncoder encoder = new UnigramEncoder(pieces, text);
    encoder.findWays();
    encoder.report(output);
  }

  private void findWays() {
    StepLimit limit = new StepLimit("vocabulary", text.length);
    for (int start = 0; start < text.length; ) {
      int next = Math.min(text.length, start + Utf8.expectedLength(text[start]));
      if (!takePieces(start, next, limit)) {
        take(start, next, UNKNOWN, pieces.round(pieces.unknownScore() + scores[start]));
      }
      start = next;
    }
  }

  /** Follows all pieces that begin at a place; false if the character there is none itself. */
  private boolean takePieces(int start, int next, StepLimit limit) {
    boolean single = false;
    PrefixTree tree = pieces.tree();
    int node = PrefixTree.ROOT;
    for (int end = start; end < text.length; ) {
      limit.step();
      node = tree.child(node, text[end++] & 0xFF);
      if (node == PrefixTree.NONE) {
        break;
      }
      int id = tree.value(node);
      if (id != PrefixTree.NONE) {
        take(start, end, id, pieces.round(pieces.scores()[id] + scores[start]));
        single |= end == next;
      }
    }
    return single;
  }

  private void take(int start, int end, int id, double score) {
    if (ids[end] == UNREACHED || score > scores[end]) {
      scores[end] = score;
      ids[end] = id;
      starts[end] = start;
    }
  }

  private void report(Output output) {
    int[] ends = new int[text.length]; // of the pieces on the best way, the last one first
    int count = 0;
    for (int end = text.length; end > 0; end = starts[end]) {
      ends[count++] = end;
    }
    int unknownFrom = UNKNOWN;
    while (count > 0) {
      int end = ends[--count];
      boolean unknown = ids[end] == UNKNOWN;
      if (unknown && unknownFrom == UNKNOWN) {
        unknownFrom = starts[end];
      } else if (!unknown && unknownFrom != UNKNOWN) {
        output.unknown(unknownFrom, starts[end]);
        unknownFrom = UNKNOWN;
      }
      if (!unknown) {
        output.piece(ids[end]);
      }
    }
    if (unknownFrom != UNKNOWN) {
      output.unknown(unknownFrom, text.length);
    }
  }
}
