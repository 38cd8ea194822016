package io.fovea.weights;

import io.fovea.tensor.Tensor;

/** Named tensors of a checkpoint, in host memory. */
public interface Weights {
  /**
   * The tensor of that name, in its stored dtype (f32, bf16 or f16).
   *
   * @throws io.fovea.ModelLoadException where it is missing, of another shape or of another kind;
   *     the message names the file and the tensor
   */
  Tensor get(String name, long... shape);

  /** Whether the checkpoint has a tensor of that name. */
  boolean has(String name);
}
