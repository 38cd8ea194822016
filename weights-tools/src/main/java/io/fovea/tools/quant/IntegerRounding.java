package io.fovea.tools.quant;

/** Rounds to integers, ties to even, within a range. */
final class IntegerRounding extends Rounding {
  private static final float[] NONE = {};
  private static final float[] FINE = {0.98f, 0.95f, 0.92f, 0.88f, 0.84f, 0.8f, 0.75f, 0.7f};
  private static final float[] COARSE = {
    1.07f, 1.04f, 0.97f, 0.94f, 0.91f, 0.88f, 0.85f, 0.82f, 0.79f, 0.76f, 0.73f, 0.7f
  };

  /** Adding and subtracting 1.5·2²³ leaves a small float rounded to an integer, ties to even. */
  private static final float ROUNDER = 12582912f;

  private final float least;
  private final float most;

  IntegerRounding(int least, int most, float range, boolean search) {
    super(range, !search ? NONE : most > 100 ? FINE : COARSE);
    this.least = least;
    this.most = most;
  }

  @Override
  byte code(float weight, float scale) {
    float quotient = Math.min(most, Math.max(least, weight / scale));
    return (byte) (quotient + ROUNDER - ROUNDER);
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
    float code = Math.min(most, Math.max(least, weight * inverse)) + ROUNDER - ROUNDER;
    return code * scale - weight;
  }
}
