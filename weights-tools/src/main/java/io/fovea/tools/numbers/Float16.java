package io.fovea.tools.numbers;

/** IEEE binary16: 5 bits of exponent, 10 of mantissa. */
public final class Float16 {
  /** The largest finite value. */
  public static final float MAX = 65504;

  private Float16() {}

  /** The nearest binary16, ties to even; beyond the largest, infinity. NaN stays NaN. */
  public static short fromFloat(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(magnitude)) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 65520) { // half way from the largest to the next power of two
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x1p-14f) { // subnormal: multiples of 2^-24
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24));
    }
    int bits = Float.floatToRawIntBits(magnitude) - ((127 - 15) << 23);
    return (short) (sign | ((bits + 0xfff + ((bits >>> 13) & 1)) >>> 13));
  }
}
