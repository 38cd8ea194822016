package io.fovea.decoding;

/** Token ids, the highest score first and the lower id among equals: a binary heap in one array. */
final class ScoreHeap {
  private final long[] keys; // score and id in one number; the smallest is the best
  private int size;

  ScoreHeap(int capacity) {
    keys = new long[capacity];
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Replaces the content by {@code ids} with their scores. O(n). */
  void fill(float[] scores, int[] ids) {
    size = ids.length;
    for (int i = 0; i < size; i++) {
      keys[i] = key(scores[ids[i]], ids[i]);
    }
    for (int i = size / 2 - 1; i >= 0; i--) {
      sift(i, keys[i]);
    }
  }

  int best() {
    return (int) keys[0];
  }

  /** Takes the best token out. O(log n). */
  int removeBest() {
    int best = best();
    size--;
    sift(0, keys[size]);
    return best;
  }

  /** Puts a key where it belongs at or below a free place. */
  private void sift(int free, long key) {
    int hole = free;
    int child = betterChild(hole);
    while (child < size && keys[child] < key) {
      keys[hole] = keys[child];
      hole = child;
      child = betterChild(hole);
    }
    keys[hole] = key;
  }

  /** At least {@code size} if there is no child. */
  private int betterChild(int parent) {
    int child = 2 * parent + 1;
    return child + 1 < size && keys[child + 1] < keys[child] ? child + 1 : child;
  }

  /** Orders as (score descending, id ascending). Adding 0 makes -0.0 equal to 0.0. */
  private static long key(float score, int id) {
    int bits = Float.floatToIntBits(score + 0.0f);
    int ascending = bits ^ ((bits >> 31) >>> 1); // two's-complement order of IEEE 754 numbers
    return ((long) ~ascending << 32) | id;
  }
}
