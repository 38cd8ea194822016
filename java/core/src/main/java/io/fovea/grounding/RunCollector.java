package io.fovea.grounding;

import java.util.Arrays;

/**
 * Collects the pixels of a mask, column after column, each from top to bottom, as runs of the same
 * kind.
 */
final class RunCollector {
  private int[] ends = new int[8]; // of runs, in pixels; the first run is not covered, maybe empty
  private int count = 1;

  /** The next {@code length} pixels. */
  void add(boolean covered, int length) {
    if (length == 0) {
      return;
    }
    boolean last = count % 2 == 0;
    int end = ends[count - 1] + length;
    if (covered != last) {
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, 2 * count);
      }
      count++;
    }
    ends[count - 1] = end;
  }

  /** Where each run ends, counted from the first pixel; uncovered and covered runs alternate. */
  int[] ends() {
    return Arrays.copyOf(ends, count);
  }
}
