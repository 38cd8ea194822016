package io.fovea.text;

import java.util.Arrays;

/**
 * The merges of a byte-pair vocabulary: for two token ids, the id of their concatenation and when
 * it is made. Open addressing with linear probing over primitive arrays.
 */
final class MergeTable {
  /** What {@link #find} answers for two tokens that do not merge. */
  static final int ABSENT = -1;

  private static final long EMPTY = -1; // no pair: ids are not negative

  private final long[] pairs; // left id in the high half, right id in the low one
  private final int[] ranks;
  private final int[] products;

  /**
   * @param capacity how many merges will be put at most
   */
  MergeTable(int capacity) {
    int slots = 4 * Integer.highestOneBit(Math.max(1, capacity)); // at most half full
    pairs = new long[slots];
    ranks = new int[slots];
    products = new int[slots];
    Arrays.fill(pairs, EMPTY);
  }

  /**
   * Adds a merge, in place of an earlier one of the same pair.
   *
   * @param rank lower ones are made first
   */
  void put(int left, int right, int rank, int product) {
    int slot = slot(pair(left, right));
    pairs[slot] = pair(left, right);
    ranks[slot] = rank;
    products[slot] = product;
  }

  /** Where a merge is, for {@link #rank} and {@link #product}; or {@link #ABSENT}. */
  int find(int left, int right) {
    int slot = slot(pair(left, right));
    return pairs[slot] == EMPTY ? ABSENT : slot;
  }

  int rank(int slot) {
    return ranks[slot];
  }

  int product(int slot) {
    return products[slot];
  }

  /** The slot that holds this pair, or the free one where it would go. */
  private int slot(long pair) {
    int mask = pairs.length - 1;
    long hash = pair * 0x9E3779B97F4A7C15L; // Fibonacci hashing
    int slot = (int) (hash >>> 32) & mask;
    while (pairs[slot] != EMPTY && pairs[slot] != pair) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }
}
