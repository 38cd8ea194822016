package io.fovea.text;

import java.util.Arrays;

/**
 * Possible merges, best first: higher score, then smaller left symbol. A binary heap over two
 * primitive arrays.
 */
final class MergeQueue {
  private long[] keys; // score and left symbol in one number; the smallest is the best
  private int[] mergedLengths;
  private int size;

  MergeQueue(int capacity) {
    keys = new long[Math.max(16, capacity)];
    mergedLengths = new int[keys.length];
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Left symbol of the best merge. */
  int left() {
    return (int) keys[0];
  }

  /** Bytes of the piece that the best merge makes. */
  int mergedLength() {
    return mergedLengths[0];
  }

  void add(float score, int left, int mergedLength) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
      mergedLengths = Arrays.copyOf(mergedLengths, 2 * size);
    }
    long key = key(score, left);
    int hole = size++;
    int parent = (hole - 1) >> 1;
    while (hole > 0 && keys[parent] > key) {
      set(hole, keys[parent], mergedLengths[parent]);
      hole = parent;
      parent = (hole - 1) >> 1;
    }
    set(hole, key, mergedLength);
  }

  /** Drops the best merge. */
  void remove() {
    size--;
    long key = keys[size];
    int hole = 0;
    int child = bestChild(hole);
    while (child < size && keys[child] < key) {
      set(hole, keys[child], mergedLengths[child]);
      hole = child;
      child = bestChild(hole);
    }
    set(hole, key, mergedLengths[size]);
  }

  /** The better child of a heap position; at least {@code size} if it has none. */
  private int bestChild(int parent) {
    int child = 2 * parent + 1;
    return child + 1 < size && keys[child + 1] < keys[child] ? child + 1 : child;
  }

  private void set(int at, long key, int mergedLength) {
    keys[at] = key;
    mergedLengths[at] = mergedLength;
  }

  /** Orders as (score descending, left ascending). Adding 0 makes -0.0 equal to 0.0. */
  private static long key(float score, int left) {
    int bits = Float.floatToIntBits(score + 0.0f);
    int ascending = bits ^ ((bits >> 31) >>> 1); // two's-complement order of IEEE 754 numbers
    return ((long) ~ascending << 32) | left;
  }
}
