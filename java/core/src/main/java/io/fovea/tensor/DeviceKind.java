package io.fovea.tensor;

/** Where a tensor's bytes are; the codes are those of {@code fov_device}. */
public enum DeviceKind {
  CPU(0),
  CUDA(1),
  /** The CUDA kernels, run by the processor: for tests. */
  CUDA_EMULATED(2);

  private final int code;

  DeviceKind(int code) {
    this.code = code;
  }

  /** The native code, {@code fov_device}. */
  public int code() {
    return code;
  }
}
