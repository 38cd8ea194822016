package io.fovea.model.kosmos2;

import io.fovea.model.FloatTensors;
import io.fovea.model.Projections;
import io.fovea.model.Trace;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.Arrays;

/**
 * From the encoder's tokens to the picture's rows in the decoder: learned queries attend to the
 * tokens and to themselves ({@code image_to_text_projection}). Letters: T tokens, Dv encoder width,
 * D decoder width, Q queries, H heads, K = D/H.
 */
record Resampler(
    int heads,
    Tensor unit, // [Dv], all 1/√Dv
    Linear dense, // [D, Dv] + [D]
    Tensor latentQuery, // [Q, D]
    Linear qProj, // [D, D] + [D]
    Linear kProj, // [D, D] + [D]
    Linear vProj, // [D, D] + [D]
    Linear outProj) { // [D, D] + [D]

  /** Far below any mean of squares that is not 0. */
  private static final float TINY = 1e-30f;

  /** x [T, Dv] → rows [Q, D]. All queries see all keys: there is no mask. */
  void forward(Ops ops, Tensor x, Tensor rows, Trace trace) {
    long t = x.size(0);
    long q = latentQuery.size(0);
    long d = latentQuery.size(1);
    // x / ‖x‖: a root mean square norm whose weight takes the mean back
    Tensor normalised = ops.rmsNorm(x, unit, TINY);
    trace.record("vision.normalised", normalised);
    Tensor all = ops.scratch(x.dtype(), t + q, d);
    ops.linearInto(normalised, dense, all.rows(0, t));
    ops.convertInto(latentQuery, all.rows(t, t + q));
    Tensor queries = ops.linear(latentQuery, qProj).heads(heads); // [Q, H, K]
    Tensor keys = ops.linear(all, kProj).heads(heads); // [T + Q, H, K]
    Tensor values = ops.linear(all, vProj).heads(heads);
    float scale = (float) (1 / Math.sqrt((double) d / heads));
    Tensor mixed = ops.attention(queries, keys, values, scale).reshape(q, d);
    ops.linearInto(mixed, outProj, rows);
    trace.record("vision.output", rows);
  }

  static Resampler load(Ops ops, Weights weights, Kosmos2Config config, DType dtype) {
    String at = "image_to_text_projection.";
    int d = config.embedDim();
    int dv = config.vision().hiddenSize();
    float[] unit = new float[dv];
    Arrays.fill(unit, (float) (1 / Math.sqrt(dv)));
    return new Resampler(
        config.attentionHeads(),
        FloatTensors.allocate(ops, unit, dv).tensor(),
        Projections.biased(ops, weights, at + "dense", d, dv, dtype),
        ops.matrix(weights.get(at + "latent_query", config.latentQueryNum(), d), dtype),
        Projections.biased(ops, weights, at + "x_attn.q_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "x_attn.k_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "x_attn.v_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "x_attn.out_proj", d, d, dtype));
  }
}
