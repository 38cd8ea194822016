package io.fovea.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The pieces of a vocabulary by id: their UTF-8 bytes (ranges of one array, usually the whole model
 * file), merge scores and kinds.
 */
final class PieceTable {
  /** What a piece is for. */
  enum Kind {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE;

    /** The kind with a number of the model file; empty if there is none. */
    static Optional<Kind> of(long number) {
      return switch ((int) Math.max(0, Math.min(number, Integer.MAX_VALUE))) {
        case 1 -> Optional.of(NORMAL);
        case 2 -> Optional.of(UNKNOWN);
        case 3 -> Optional.of(CONTROL);
        case 4 -> Optional.of(USER_DEFINED);
        case 5 -> Optional.of(UNUSED);
        case 6 -> Optional.of(BYTE);
        default -> Optional.empty();
      };
    }

    /** Whether plain text may be spelt with such pieces. */
    boolean isText() {
      return this == NORMAL || this == USER_DEFINED || this == UNUSED;
    }
  }

  private final byte[] bytes;
  private int size;
  private int[] starts = new int[1024];
  private int[] ends = new int[1024];
  private float[] scores = new float[1024];
  private Kind[] kinds = new Kind[1024];

  PieceTable(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Appends the piece {@code bytes[start, end)} under the next id. */
  void add(int start, int end, float score, Kind kind) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
      scores = Arrays.copyOf(scores, 2 * size);
      kinds = Arrays.copyOf(kinds, 2 * size);
    }
    starts[size] = start;
    ends[size] = end;
    scores[size] = score;
    kinds[size] = kind;
    size++;
  }

  int size() {
    return size;
  }

  /** The array that {@link #start} and {@link #end} point into. */
  byte[] bytes() {
    return bytes;
  }

  int start(int id) {
    return starts[id];
  }

  int end(int id) {
    return ends[id];
  }

  int length(int id) {
    return ends[id] - starts[id];
  }

  float score(int id) {
    return scores[id];
  }

  Kind kind(int id) {
    return kinds[id];
  }

  String text(int id) {
    return new String(bytes, starts[id], length(id), StandardCharsets.UTF_8);
  }

  /** Whether piece {@code id} is {@code text[from, to)}. */
  boolean matches(int id, byte[] text, int from, int to) {
    return Arrays.equals(bytes, starts[id], ends[id], text, from, to);
  }
}
