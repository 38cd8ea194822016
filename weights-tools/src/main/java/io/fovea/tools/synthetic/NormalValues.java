package io.fovea.tools.synthetic;

/**
 * Normally distributed values that any thread can compute from a seed and an index: 64 mixed bits
 * choose four of 65,536 quantiles, so values reach 4.3 deviations and are the same on every
 * machine.
 */
final class NormalValues {
  private static final int QUANTILES = 1 << 16;
  private static final float[] TABLE = new float[QUANTILES];

  static {
    for (int i = 0; i < QUANTILES; i++) {
      TABLE[i] = (float) quantile((i + 0.5) / QUANTILES);
    }
  }

  private NormalValues() {}

  /** Writes the values of indexes {@code [first, first + count)} to {@code values[0..count)}. */
  static void fill(long seed, long first, float[] values, int count) {
    int done = 0;
    while (done < count) {
      long index = first + done;
      long bits = mix(seed + (index >> 2) * 0x9e3779b97f4a7c15L);
      int lane = (int) (index & 3);
      for (; lane < 4 && done < count; lane++) {
        values[done++] = TABLE[(int) (bits >>> (16 * lane)) & (QUANTILES - 1)];
      }
    }
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable generators, 2014). */
  static long mix(long state) {
    long bits = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    return bits ^ (bits >>> 31);
  }

  /**
   * The normal distribution's quantile of {@code p} in (0, 1), to a relative error of 1.2e-9: P. J.
   * Acklam's rational approximation.
   */
  static double quantile(double p) {
    if (p > 0.5) {
      return -quantile(1 - p);
    }
    if (p < 0.02425) {
      double q = StrictMath.sqrt(-2 * StrictMath.log(p));
      return polynomial(
              q,
              -7.784894002430293e-03,
              -3.223964580411365e-01,
              -2.400758277161838,
              -2.549732539343734,
              4.374664141464968,
              2.938163982698783)
          / polynomial(
              q,
              7.784695709041462e-03,
              3.224671290700398e-01,
              2.445134137142996,
              3.754408661907416,
              1);
    }
    double q = p - 0.5;
    double r = q * q;
    return q
        * polynomial(
            r,
            -3.969683028665376e+01,
            2.209460984245205e+02,
            -2.759285104469687e+02,
            1.383577518672690e+02,
            -3.066479806614716e+01,
            2.506628277459239)
        / polynomial(
            r,
            -5.447609879822406e+01,
            1.615858368580409e+02,
            -1.556989798598866e+02,
            6.680131188771972e+01,
            -1.328068155288572e+01,
            1);
  }

  /** Coefficients of the highest power first. */
  private static double polynomial(double x, double... coefficients) {
    double sum = 0;
    for (double coefficient : coefficients) {
      sum = sum * x + coefficient;
    }
    return sum;
  }
}
