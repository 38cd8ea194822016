package io.fovea.tensor;

/** Element types; the codes are those of {@code fov_dtype}. */
public enum DType {
  F32(0, 4),
  BF16(1, 2),
  F16(2, 2),
  I32(3, 4),
  U8(4, 1);

  private final int code;
  private final int bytes;

  DType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The native code, {@code fov_dtype}. */
  public int code() {
    return code;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
