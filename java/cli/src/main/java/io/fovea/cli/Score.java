package io.fovea.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What one kind of question scored: a quality in 0..1 and a latency for each answer. */
final class Score {
  /** A box counts as right from this intersection over union on. */
  static final double RIGHT_IOU = 0.5;

  private final List<Double> qualities = new ArrayList<>();
  private final List<Double> millis = new ArrayList<>();

  /**
   * Latency of a kind of request.
   *
   * @param median milliseconds
   * @param p90 milliseconds that nine of ten requests stay within
   */
  record Latency(double median, double p90) {}

  /**
   * @param quality IoU of a box, or 1 and 0 for right and wrong
   * @param milliseconds the request took, picture encoding not included
   */
  void add(double quality, double milliseconds) {
    qualities.add(quality);
    millis.add(milliseconds);
  }

  int count() {
    return qualities.size();
  }

  /** Share of answers whose quality is at least {@link #RIGHT_IOU}; 0 of none. */
  double accuracy() {
    return average(qualities.stream().map(q -> q >= RIGHT_IOU ? 1.0 : 0.0).toList());
  }

  /** Mean quality; 0 of none. */
  double mean() {
    return average(qualities);
  }

  Latency latency() {
    return new Latency(percentile(50), percentile(90));
  }

  private static double average(List<Double> values) {
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    return Facts.rounded(mean, 1e4);
  }

  /** Nearest rank: the smallest value that {@code percent} per cent of all do not exceed. */
  private double percentile(int percent) {
    if (millis.isEmpty()) {
      return 0;
    }
    List<Double> sorted = new ArrayList<>(millis);
    Collections.sort(sorted);
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return Facts.rounded(sorted.get(Math.max(0, rank - 1)), 1e3);
  }
}
