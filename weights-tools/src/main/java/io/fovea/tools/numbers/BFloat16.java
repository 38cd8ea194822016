package io.fovea.tools.numbers;

/** The upper half of an IEEE binary32. */
public final class BFloat16 {
  private BFloat16() {}

  /** The f32 of the same value. */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The nearest bf16, ties to even; beyond the largest, infinity. NaN stays NaN. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40); // quiet, so that the lower half may go
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** {@code value} rounded to bf16. */
  public static float round(float value) {
    return toFloat(fromFloat(value));
  }
}
