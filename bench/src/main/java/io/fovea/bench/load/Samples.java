package io.fovea.bench.load;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Durations in nanoseconds, all of them kept. Safe for any number of threads. */
final class Samples {
  /** What is reported of a set of durations; 99.9 first means something from 1,000 of them. */
  private static final double[] REPORTED = {50, 90, 99, 99.9};

  private static final double NANOS_PER_MILLI = 1e6;

  private long[] values = new long[1024];
  private int count;

  synchronized void add(long nanos) {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    values[count++] = nanos;
  }

  synchronized int count() {
    return count;
  }

  /**
   * The nearest-rank percentile: the smallest duration that at least {@code percent} % of all do
   * not exceed. It is always one of the durations.
   *
   * @param percent above 0, at most 100
   * @return milliseconds; NaN where there are none
   */
  double percentile(double percent) {
    return percentile(sorted(), percent);
  }

  /** Their mean in milliseconds; NaN where there are none. */
  double mean() {
    return Arrays.stream(sorted()).average().orElse(Double.NaN) / NANOS_PER_MILLI;
  }

  private synchronized long[] sorted() {
    long[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return sorted;
  }

  private static double percentile(long[] sorted, double percent) {
    if (!(percent > 0 && percent <= 100)) {
      throw new IllegalArgumentException("percentile " + percent + " is not in (0, 100]");
    }
    if (sorted.length == 0) {
      return Double.NaN;
    }
    // 1e-9 against n * 99.9 / 100 coming out a hair above a whole number.
    int rank = (int) Math.ceil(sorted.length * percent / 100 - 1e-9);
    return sorted[Math.max(1, rank) - 1] / NANOS_PER_MILLI;
  }

  /** "p50 0.21, p90 0.30, p99 1.20, p99.9 4.00 ms", for tables. */
  String text() {
    long[] sorted = sorted();
    if (sorted.length == 0) {
      return "none";
    }
    StringBuilder text = new StringBuilder();
    for (double percent : REPORTED) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(name(percent))
          .append(' ')
          .append(Text.number(percentile(sorted, percent)));
    }
    return text.append(" ms").toString();
  }

  /** The same and more, for the raw result: number, mean, percentiles, least and most, in ms. */
  Map<String, Object> raw() {
    long[] sorted = sorted();
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("count", sorted.length);
    if (sorted.length > 0) {
      raw.put("mean_ms", Arrays.stream(sorted).average().orElse(0) / NANOS_PER_MILLI);
      raw.put("min_ms", sorted[0] / NANOS_PER_MILLI);
      for (double percent : REPORTED) {
        raw.put(name(percent) + "_ms", percentile(sorted, percent));
      }
      raw.put("max_ms", sorted[sorted.length - 1] / NANOS_PER_MILLI);
    }
    return raw;
  }

  private static String name(double percent) {
    boolean whole = percent == Math.rint(percent);
    return "p"
        + (whole ? Long.toString((long) percent) : String.format(Locale.ROOT, "%s", percent));
  }
}
