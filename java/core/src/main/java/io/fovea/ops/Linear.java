package io.fovea.ops;

import io.fovea.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Weights of a linear projection x W^T + b.
 *
 * @param weights packed {@code [N, K]}; {@code [2N, K]} for a SwiGLU pair, gate first
 * @param bias {@code [N]} f32, or null
 */
public record Linear(Tensor weights, @Nullable Tensor bias) {
  /** Output features N (2N for a pair). */
  public long outputs() {
    return weights.size(0);
  }
}
