package io.fovea.model;

import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/** Layer normalisation with weight and bias (arXiv:1607.06450). Letters: R rows, D width. */
public record LayerNorm(Tensor weight, Tensor bias, float eps) {
  /** x [R, D] → [R, D], scratch. */
  public Tensor forward(Ops ops, Tensor x) {
    return ops.layerNorm(x, weight, bias, eps);
  }

  /** Reads {@code name.weight} and {@code name.bias}, [D] each. */
  public static LayerNorm load(
      Ops ops, Weights weights, String name, int width, float eps, DType dtype) {
    return new LayerNorm(
        ops.vector(weights.get(name + ".weight", width), dtype),
        ops.vector(weights.get(name + ".bias", width), dtype),
        eps);
  }
}
