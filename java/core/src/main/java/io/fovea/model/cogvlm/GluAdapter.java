package io.fovea.model.cogvlm;

import io.fovea.model.Trace;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * From the encoder's features to the language model's width: a projection, a normalised GELU, and a
 * gated MLP (SwiGLU, arXiv:2002.05202), then the learned begin and end markers around the patches.
 * Letters: N patches, Dv encoder width, D decoder width, F inner size.
 */
record GluAdapter(
    Linear linearProj, // [D, Dv]
    Tensor norm1Weight, // [D]
    Tensor norm1Bias, // [D]
    Linear gateUp, // pair of [F, D]: gate_proj, dense_h_to_4h
    Linear dense4hToH, // [D, F]
    Tensor boi, // [1, D]
    Tensor eoi) { // [1, D]

  /** PyTorch's default, which the published model keeps here (1e-6 elsewhere in the tower). */
  private static final float NORM_EPS = 1e-5f;

  /** boi, adapted patches, eoi: features [N, Dv] → {@code rows} [N + 2, D]. */
  void forward(Ops ops, Tensor features, Tensor rows, Trace trace) {
    long n = features.size(0);
    Tensor y = ops.linear(features, linearProj); // [N, D]
    y = ops.layerNorm(y, norm1Weight, norm1Bias, NORM_EPS);
    trace.record("vision.linear_proj.norm1", y);
    ops.convertInto(boi, rows.rows(0, 1));
    ops.linearInto(ops.linearSwiglu(ops.gelu(y), gateUp), dense4hToH, rows.rows(1, 1 + n));
    trace.record("vision.linear_proj", rows.rows(1, 1 + n));
    ops.convertInto(eoi, rows.rows(1 + n, 2 + n));
  }

  static GluAdapter load(Ops ops, Weights weights, CogVlmConfig config, DType dtype) {
    String at = "model.vision.linear_proj.";
    int dv = config.vision().hiddenSize();
    int d = config.hiddenSize();
    int f = config.intermediateSize();
    return new GluAdapter(
        ops.pack(weights.linear(at + "linear_proj", d, dv), null, null, dtype),
        ops.vector(weights.get(at + "norm1.weight", d), dtype),
        ops.vector(weights.get(at + "norm1.bias", d), dtype),
        ops.pack(
            weights.linear(at + "gate_proj", f, d),
            weights.linear(at + "dense_h_to_4h", f, d),
            null,
            dtype),
        ops.pack(weights.linear(at + "dense_4h_to_h", d, f), null, null, dtype),
        ops.matrix(weights.get("model.vision.boi", 1, 1, d).reshape(1, d), dtype),
        ops.matrix(weights.get("model.vision.eoi", 1, 1, d).reshape(1, d), dtype));
  }
}
