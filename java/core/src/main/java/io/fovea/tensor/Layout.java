package io.fovea.tensor;

/** How elements lie in memory; the codes are those of {@code fov_layout}. */
public enum Layout {
  /** Element (i, j, ...) at data + i*stride[0] + j*stride[1] + ... */
  STRIDED(0),
  /** Weights in the backend's own order; no view of them can be taken. */
  PACKED(1),
  /** The same for I8 and I4; {@code linear} quantises its rows to int8 and multiplies integers. */
  PACKED_INT8(2);

  private final int code;

  Layout(int code) {
    this.code = code;
  }

  /** The native code, {@code fov_layout}. */
  public int code() {
    return code;
  }
}
