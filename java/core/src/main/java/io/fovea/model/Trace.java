package io.fovea.model;

import io.fovea.tensor.Tensor;

/** Told of named intermediate results as a model computes them; to compare with a reference. */
@FunctionalInterface
public interface Trace {
  /** A trace that keeps nothing. */
  Trace NONE = (name, tensor) -> {};

  /**
   * @param name such as {@code vision.layers.3}
   * @param tensor a contiguous matrix that is only valid during the call
   */
  void record(String name, Tensor tensor);
}
