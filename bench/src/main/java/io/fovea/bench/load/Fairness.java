package io.fovea.bench.load;

import java.util.Arrays;

/** How evenly something is shared. */
final class Fairness {
  private Fairness() {}

  /**
   * Jain's index (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984): (sum x)² / (n · sum x²). 1 where
   * all shares are equal, 1/n where one has everything.
   *
   * @param shares none negative, not all 0
   */
  static double jain(double[] shares) {
    double sum = Arrays.stream(shares).sum();
    double squares = Arrays.stream(shares).map(x -> x * x).sum();
    return sum * sum / (shares.length * squares);
  }
}
