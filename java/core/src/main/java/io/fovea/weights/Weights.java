package io.fovea.weights;

import io.fovea.ops.StoredWeights;
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

  /**
   * The weights [outputs, inputs] of the projection {@code name}, stored plainly as {@code
   * name.weight} or quantised in the compressed-tensors convention.
   *
   * @throws io.fovea.ModelLoadException as {@link #get}
   */
  StoredWeights linear(String name, long outputs, long inputs);

  /**
   * Length of one axis, for sizes that {@code config.json} does not hold.
   *
   * @throws io.fovea.ModelLoadException where the tensor is missing, of another rank, or of a
   *     senseless size
   */
  int size(String name, int rank, int axis);

  /** Whether the checkpoint has a tensor of that name. */
  boolean has(String name);
}
