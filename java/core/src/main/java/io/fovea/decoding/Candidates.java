package io.fovea.decoding;

import io.fovea.sampling.SamplingOptions;

/**
 * The tokens that a draw may still choose and their weights; the room is reused from draw to draw.
 */
final class Candidates {
  private final int[] ids;
  private final double[] weights; // e^((score - largest) / temperature)
  private final ScoreHeap heap;
  private int count;
  private double total;
  private double largest;
  private double temperature;

  /**
   * @param capacity the most tokens there can be
   */
  Candidates(int capacity) {
    ids = new int[capacity];
    weights = new double[capacity];
    heap = new ScoreHeap(capacity);
  }

  int count() {
    return count;
  }

  int id(int index) {
    return ids[index];
  }

  double probability(int index) {
    return weights[index] / total;
  }

  /**
   * Keeps the tokens that top-k and top-p leave of {@code allowed}, likeliest first where either is
   * on.
   *
   * @param scores by token id; not NaN, at least one allowed one above -∞
   * @param largestScore the largest allowed score
   * @param options not greedy
   */
  void select(float[] scores, int[] allowed, float largestScore, SamplingOptions options) {
    largest = largestScore;
    temperature = options.temperature();
    count = 0;
    total = 0;
    boolean limited = options.topK() > 0 && options.topK() < allowed.length;
    if (!limited && options.topP() == 1) {
      for (int id : allowed) {
        add(id, scores[id]);
      }
      return;
    }
    heap.fill(scores, allowed);
    if (limited) {
      addLargest(scores, options.topK());
      if (options.topP() < 1) { // at 1, rounding could still cut tokens off
        cutToNucleus(options.topP());
      }
    } else {
      addNucleus(scores, allowed, options.topP());
    }
  }

  /** The token at a point of the cumulative distribution, given as a fraction in [0, 1). */
  int at(double fraction) {
    double target = fraction * total;
    double sum = 0;
    int chosen = ids[0];
    for (int i = 0; i < count && sum <= target; i++) {
      if (weights[i] > 0) { // so that rounding can never choose an impossible token
        chosen = ids[i];
        sum += weights[i];
      }
    }
    return chosen;
  }

  private void add(int id, float score) {
    double weight = weight(score);
    ids[count] = id;
    weights[count++] = weight;
    total += weight;
  }

  /** Proportional to the probability; the largest is 1, however low the temperature. */
  private double weight(float score) {
    return Math.exp(((double) score - largest) / temperature);
  }

  /** The {@code topK} largest and whatever equals the last of them. */
  private void addLargest(float[] scores, int topK) {
    float last = Float.NaN; // equals no score
    while (!heap.isEmpty() && (count < topK || scores[heap.best()] == last)) {
      int id = heap.removeBest();
      last = scores[id];
      add(id, last);
    }
  }

  private void cutToNucleus(float topP) {
    double before = 0;
    int kept = 0;
    while (kept < count && (kept == 0 || before < topP * total)) {
      before += weights[kept++];
    }
    count = kept;
    total = before;
  }

  /** The likeliest tokens until their probability reaches {@code topP}; the rest is not sorted. */
  private void addNucleus(float[] scores, int[] allowed, float topP) {
    double all = 0;
    for (int id : allowed) {
      all += weight(scores[id]);
    }
    do {
      int id = heap.removeBest();
      add(id, scores[id]);
    } while (!heap.isEmpty() && total < topP * all);
  }
}
