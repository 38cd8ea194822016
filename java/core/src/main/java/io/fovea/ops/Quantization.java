package io.fovea.ops;

import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;

/**
 * How stored values become weights: w[n, k] = value[n, k] · scales[n, k / group].
 *
 * @param dtype of the values: I8, F8 (e4m3fn) or I4
 * @param scales [N, K / group] f32, bf16 or f16, host memory
 * @param group inputs that share a scale: K, or a multiple of 32 that divides it
 */
public record Quantization(DType dtype, Tensor scales, long group) {
  public Quantization {
    if (dtype != DType.I8 && dtype != DType.F8 && dtype != DType.I4) {
      throw new IllegalArgumentException("weights are quantised to I8, F8 or I4, not to " + dtype);
    }
    if (scales.rank() != 2) {
      throw new IllegalArgumentException("scales are wanted as [N, K / group], got " + scales);
    }
    if (group < 1) {
      throw new IllegalArgumentException("a group of " + group + " inputs");
    }
  }

  /** Whether weights of both can be packed as a pair. */
  boolean like(Quantization other) {
    return dtype == other.dtype && group == other.group && scales.dtype() == other.scales.dtype();
  }

  @Override
  public String toString() {
    return dtype + " in groups of " + group + " with scales in " + scales.dtype();
  }
}
