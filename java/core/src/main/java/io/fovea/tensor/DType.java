package io.fovea.tensor;

/** Element types; the codes are those of {@code fov_dtype}. */
public enum DType {
  F32(0, 32),
  BF16(1, 16),
  F16(2, 16),
  I32(3, 32),
  U8(4, 8),
  I8(5, 8),
  /** e4m3fn: 4 bits of exponent, 3 of mantissa, no infinities. */
  F8(6, 8),
  /** −8..7; only as packed weights, so no tensor of it has an element's address. */
  I4(7, 4);

  private final int code;
  private final int bits;

  DType(int code, int bits) {
    this.code = code;
    this.bits = bits;
  }

  /** The dtype of a native code; the order here is that of the codes. */
  static DType ofCode(int code) {
    return values()[code];
  }

  /** The native code, {@code fov_dtype}. */
  public int code() {
    return code;
  }

  /** Bits of one element. */
  public int bits() {
    return bits;
  }

  /**
   * Bytes of one element.
   *
   * @throws IllegalStateException for {@link #I4}, which has no whole number of them
   */
  public int bytes() {
    if (bits % 8 != 0) {
      throw new IllegalStateException(this + " has " + bits + " bits, no whole number of bytes");
    }
    return bits / 8;
  }
}
