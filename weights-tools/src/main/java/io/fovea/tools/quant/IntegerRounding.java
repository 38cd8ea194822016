package io.fovea.tools.quant;

/**
 * Rounds to integers, ties to even, within a range. Of few codes a search for the scale takes a
 * seventh off the error, of 255 nothing worth the time.
 */
final class IntegerRounding extends Rounding {
  private static final float[] NONE = {};
  private static final float[] RATIOS = {
    1.07f, 1.04f, 0.97f, 0.94f, 0.91f, 0.88f, 0.85f, 0.82f, 0.79f, 0.76f, 0.73f, 0.7f
  };

  /** Adding and subtracting 1.5·2²³ leaves a small float rounded to an integer, ties to even. */
  private static final float ROUNDER = 12582912f;

  private final float least;
  private final float most;

  IntegerRounding(int least, int most, float range, boolean search) {
    super(range, search && -least > most, search && most < 100 ? RATIOS : NONE);
    this.least = least;
    this.most = most;
  }

  @Override
  byte code(float weight, float scale) {
    return (byte) clamped(weight / scale);
  }

  @Override
  float value(byte code) {
    return code;
  }

  /** Two sums at a time, because each waits for its last addition. */
  @Override
  float squaredError(float[] weights, int at, int n, float scale) {
    float inverse = 1 / scale;
    float even = 0;
    float odd = 0;
    int end = at + n;
    int i = at;
    for (; i + 1 < end; i += 2) {
      float first = deviation(weights[i], inverse, scale);
      float second = deviation(weights[i + 1], inverse, scale);
      even += first * first;
      odd += second * second;
    }
    if (i < end) {
      float last = deviation(weights[i], inverse, scale);
      even += last * last;
    }
    return even + odd;
  }

  private float deviation(float weight, float inverse, float scale) {
    return clamped(weight * inverse) * scale - weight;
  }

  /** The nearest code; comparisons are faster than min and max, which care for NaN. */
  private float clamped(float quotient) {
    float code = quotient < least ? least : quotient > most ? most : quotient;
    return code + ROUNDER - ROUNDER;
  }
}
