package io.fovea.bench.load;

import java.util.SplittableRandom;

/**
 * Times at which requests arrive that know nothing of each other: a Poisson process. The gaps are
 * independent and exponentially distributed; the same seed gives the same times.
 */
final class Arrivals {
  private static final double NANOS_PER_SECOND = 1e9;

  private final SplittableRandom random;
  private final double meanGapNanos;
  private double next;

  /**
   * @param perSecond mean number of arrivals a second, above 0
   */
  Arrivals(double perSecond, long seed) {
    if (!(perSecond > 0 && Double.isFinite(perSecond))) {
      throw new IllegalArgumentException("a rate of " + perSecond + " requests a second");
    }
    meanGapNanos = NANOS_PER_SECOND / perSecond;
    random = new SplittableRandom(seed);
  }

  /** Nanoseconds from the beginning to the next arrival; never less than the one before. */
  long next() {
    next -= meanGapNanos * Math.log1p(-random.nextDouble()); // 1 - U is in (0, 1]
    return (long) next;
  }
}
