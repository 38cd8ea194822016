package io.fovea.tools.numbers;

/**
 * e4m3 as in "FP8 Formats for Deep Learning" (arXiv 2209.05433): 4 bits of exponent with bias 7, 3
 * of mantissa, no infinity, one NaN a sign.
 */
public final class Float8 {
  /** The largest value. */
  public static final float MAX = 448;

  private static final float[] VALUES = new float[256];

  static {
    for (int code = 0; code < 256; code++) {
      int exponent = (code >> 3) & 15;
      int mantissa = code & 7;
      float magnitude =
          exponent == 0
              ? mantissa * 0x1p-9f
              : (8 + mantissa) * (float) StrictMath.pow(2, exponent - 10);
      boolean nan = (code & 0x7f) == 0x7f;
      VALUES[code] = nan ? Float.NaN : code < 128 ? magnitude : -magnitude;
    }
  }

  private Float8() {}

  /** The f32 of the same value. */
  public static float toFloat(byte code) {
    return VALUES[code & 0xff];
  }

  /** The nearest e4m3, ties to even; beyond the largest, the largest. NaN stays NaN. */
  public static byte fromFloat(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 24) & 0x80;
    float magnitude = Math.abs(value);
    if (Float.isNaN(magnitude)) {
      return (byte) (sign | 0x7f);
    }
    if (magnitude >= MAX) {
      return (byte) (sign | 0x7e);
    }
    if (magnitude < 0x1p-6f) { // subnormal: multiples of 2^-9
      return (byte) (sign | (int) Math.rint(magnitude * 0x1p9));
    }
    int bits = Float.floatToRawIntBits(magnitude) - ((127 - 7) << 23);
    int code = (bits + 0x7ffff + ((bits >>> 20) & 1)) >>> 20;
    return (byte) (sign | Math.min(code, 0x7e));
  }
}
