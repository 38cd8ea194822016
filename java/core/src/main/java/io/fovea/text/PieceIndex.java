package io.fovea.text;

import java.util.Arrays;

/** Finds the id of a piece by its bytes, without allocating: open addressing, linear probing. */
final class PieceIndex {
  /** What lookups answer when there is no such piece. */
  static final int ABSENT = -1;

  private final PieceTable pieces;
  private final int[] slots; // id or ABSENT; a power of two, at most half full
  private int longest;

  /** An empty index with room for all of the table. */
  PieceIndex(PieceTable pieces) {
    this.pieces = pieces;
    slots = new int[4 * Integer.highestOneBit(Math.max(1, pieces.size()))];
    Arrays.fill(slots, ABSENT);
  }

  /** Adds a piece of the table; false if its bytes are there already under another id. */
  boolean add(int id) {
    int slot = slot(pieces.bytes(), pieces.start(id), pieces.end(id));
    if (slots[slot] != ABSENT) {
      return false;
    }
    slots[slot] = id;
    longest = Math.max(longest, pieces.length(id));
    return true;
  }

  /** The id of {@code text[from, to)}, or {@link #ABSENT}. */
  int find(byte[] text, int from, int to) {
    return to - from > longest ? ABSENT : slots[slot(text, from, to)];
  }

  /** The id of a piece, or {@link #ABSENT}. */
  int find(String piece) {
    byte[] utf8 = Utf8.encode(piece);
    return find(utf8, 0, utf8.length);
  }

  /** The slot that holds these bytes, or the free one where they would go. */
  private int slot(byte[] text, int from, int to) {
    int mask = slots.length - 1;
    int slot = hash(text, from, to) & mask;
    while (slots[slot] != ABSENT && !pieces.matches(slots[slot], text, from, to)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static int hash(byte[] text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text[i];
    }
    hash *= 0x9E3779B1; // Fibonacci hashing: spreads short strings over the high bits
    return hash ^ (hash >>> 15);
  }
}
