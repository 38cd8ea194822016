package io.fovea.tools.quant;

import io.fovea.tools.numbers.Float8;

/** Rounds to e4m3. */
final class Float8Rounding extends Rounding {
  private static final float[] NONE = {};
  private static final float[] RATIOS = {1.125f, 1.25f, 1.375f, 1.5f, 1.625f, 1.75f, 1.875f};

  Float8Rounding(boolean search) {
    super(Float8.MAX, false, search ? RATIOS : NONE);
  }

  @Override
  byte code(float weight, float scale) {
    return Float8.fromFloat(weight / scale);
  }

  @Override
  float value(byte code) {
    return Float8.toFloat(code);
  }

  @Override
  float squaredError(float[] weights, int at, int n, float scale) {
    float sum = 0;
    for (int i = at; i < at + n; i++) {
      float error = value(code(weights[i], scale)) * scale - weights[i];
      sum += error * error;
    }
    return sum;
  }
}
