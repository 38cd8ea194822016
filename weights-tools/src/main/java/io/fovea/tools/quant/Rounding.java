package io.fovea.tools.quant;

import io.fovea.tools.numbers.BFloat16;

/**
 * Rounds groups of weights to code × scale, with a scale in bf16. The first guess puts the largest
 * weight at the end of the codes' range; a search tries other scales and takes the one with the
 * least squared error: the outermost weights may be clipped where that serves the others.
 */
abstract class Rounding {
  private final float range;
  private final boolean longerBelow;
  private final float[] ratios;

  /**
   * @param range the code that the largest weight gets
   * @param longerBelow whether there is one more code below zero than above; the largest weight
   *     then gets it, by a negative scale where need be
   * @param ratios scales to try, as multiples of the first guess
   */
  Rounding(float range, boolean longerBelow, float[] ratios) {
    this.range = range;
    this.longerBelow = longerBelow;
    this.ratios = ratios;
  }

  /** Rounding to a format's codes. */
  static Rounding of(WeightFormat format, boolean search) {
    return switch (format) {
      case INT8 -> new IntegerRounding(-127, 127, 127, search);
      case INT4, INT4_G128 -> new IntegerRounding(-8, 7, 7.5f, search);
      case FP8 -> new Float8Rounding(search);
      case KEEP, STORED, BF16 -> throw new IllegalArgumentException(format + " has no codes");
    };
  }

  /** The code of weight / scale. */
  abstract byte code(float weight, float scale);

  /** What a code stands for before it is multiplied with the scale. */
  abstract float value(byte code);

  /** Sum of squared errors of {@code n} weights from {@code at}. */
  abstract float squaredError(float[] weights, int at, int n, float scale);

  /** A scale for {@code n} weights from {@code at}: a value of bf16, not 0. */
  final float scale(float[] weights, int at, int n) {
    float largest = 0;
    for (int i = at; i < at + n; i++) {
      largest = Math.abs(weights[i]) > Math.abs(largest) ? weights[i] : largest;
    }
    float first = BFloat16.round((longerBelow ? -largest : Math.abs(largest)) / range);
    if (first == 0) {
      return 1; // the weights are zero, or too small to tell from it
    }
    float best = first;
    float least = ratios.length == 0 ? 0 : squaredError(weights, at, n, first);
    for (float ratio : ratios) {
      float scale = BFloat16.round(first * ratio);
      float error = scale != 0 ? squaredError(weights, at, n, scale) : Float.POSITIVE_INFINITY;
      if (error < least) {
        least = error;
        best = scale;
      }
    }
    return best;
  }
}
