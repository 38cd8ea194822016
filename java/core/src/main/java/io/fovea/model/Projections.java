package io.fovea.model;

import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Projections as most checkpoints store them, and from values that were put in another order. */
public final class Projections {
  private Projections() {}

  /** Reads {@code name.weight} [outputs, inputs], plain or quantised, and {@code name.bias}. */
  public static Linear biased(
      Ops ops, Weights weights, String name, int outputs, int inputs, DType dtype) {
    return ops.pack(
        weights.linear(name, outputs, inputs), null, weights.get(name + ".bias", outputs), dtype);
  }

  /**
   * Packs weights.
   *
   * @param values [outputs, inputs], row-major
   * @param bias null, or [outputs] host memory
   */
  public static Linear of(
      Ops ops, float[] values, long outputs, long inputs, @Nullable Tensor bias, DType dtype) {
    ByteBuffer direct = FloatTensors.direct(values);
    Tensor weights = ops.memory().hostView(direct, DType.F32, outputs, inputs);
    try {
      return ops.pack(StoredWeights.plain(weights), null, bias, dtype);
    } finally {
      Reference.reachabilityFence(direct); // weights are a view of it
    }
  }
}
