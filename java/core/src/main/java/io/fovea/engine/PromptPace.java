package io.fovea.engine;

/**
 * How many prompt rows a step may take beside answers under way, so that these are held up for no
 * longer than about the time of a step without any. Learned from the steps themselves: the time of
 * those that only decode, and what a prompt's row adds to it. Engine thread only.
 */
final class PromptPace {
  /** Fewer rows are no gain: they read the same weights. */
  private static final int FEWEST_ROWS = 32;

  /** Of the newest measurement in the mean. */
  private static final double NEWEST = 0.2;

  private double decodeNanos; // of a step that only decodes; 0: none was seen
  private double rowNanos; // that a prompt's row adds; 0: none was seen

  /** Rows for the next step; at most {@code most}. */
  int rows(int most) {
    if (decodeNanos == 0 || rowNanos == 0) {
      return most;
    }
    double rows = decodeNanos / rowNanos;
    return rows >= most ? most : Math.min(most, Math.max(FEWEST_ROWS, (int) rows));
  }

  /**
   * A step has ended.
   *
   * @param decoded whether it decoded
   * @param promptRows it ran besides
   */
  void took(boolean decoded, int promptRows, long nanos) {
    if (promptRows == 0) {
      decodeNanos = mean(decodeNanos, nanos);
    } else if (promptRows >= FEWEST_ROWS / 2) {
      double rest = decoded ? Math.min(decodeNanos, 0.9 * nanos) : 0;
      rowNanos = mean(rowNanos, (nanos - rest) / promptRows);
    }
  }

  private static double mean(double before, double newest) {
    return before == 0 ? newest : before + NEWEST * (newest - before);
  }
}
