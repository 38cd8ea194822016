package io.fovea.model.qwenvl;

import io.fovea.model.FloatTensors;
import io.fovea.model.LayerNorm;
import io.fovea.model.Projections;
import io.fovea.model.Trace;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import org.jspecify.annotations.Nullable;

/**
 * From the encoder's tokens to the picture's rows in the decoder: learned queries attend to the
 * tokens, once ({@code attn_pool}, {@code ln_post}, {@code proj}). Letters: N patches, Dv encoder
 * width, D decoder width, Q queries, H heads, K = D/H.
 */
record Resampler(
    int heads,
    @Nullable Linear kvProj, // [D, Dv]; null where both are of one width
    LayerNorm lnKv, // [D]
    Tensor query, // [Q, D]
    LayerNorm lnQ, // [D]
    Tensor queryPositions, // [Q, D]
    Tensor keyPositions, // [N, D]
    Linear qProj, // [D, D] + [D]
    Linear kProj, // [D, D] + [D]
    Linear vProj, // [D, D] + [D]
    Linear outProj, // [D, D] + [D]
    LayerNorm lnPost, // [D]
    Linear proj) { // [D, D]

  /** x [N, Dv] → rows [Q, D]. Positions count for queries and keys, not for values. */
  void forward(Ops ops, Tensor x, Tensor rows, Trace trace) {
    Tensor source = lnKv.forward(ops, kvProj == null ? x : ops.linear(x, kvProj)); // [N, D]
    trace.record("vision.normalised", source);
    Tensor keys = plus(ops, source, keyPositions);
    Tensor queries = lnQ.forward(ops, query);
    ops.addInPlace(queries, queryPositions);
    Tensor q = ops.linear(queries, qProj).heads(heads); // [Q, H, K]
    Tensor k = ops.linear(keys, kProj).heads(heads); // [N, H, K]
    Tensor v = ops.linear(source, vProj).heads(heads);
    float scale = (float) (1 / Math.sqrt(QwenVlVision.RESAMPLER_HEAD));
    Tensor mixed = ops.attention(q, k, v, scale).reshape(query.shape());
    Tensor resampled = ops.linear(mixed, outProj);
    trace.record("vision.resampled", resampled);
    ops.linearInto(lnPost.forward(ops, resampled), proj, rows);
    trace.record("vision.output", rows);
  }

  private static Tensor plus(Ops ops, Tensor x, Tensor more) {
    Tensor sum = ops.scratch(x.dtype(), x.shape());
    ops.convertInto(x, sum);
    ops.addInPlace(sum, more);
    return sum;
  }

  /** Reads what is stored under {@code at}, "transformer.visual.". */
  static Resampler load(Ops ops, Weights weights, QwenVlVision sizes, String at, DType dtype) {
    String pool = at + "attn_pool.";
    int d = sizes.outputDim();
    int q = sizes.queries();
    float eps = QwenVlVision.NORM_EPS;
    Tensor weight = weights.get(pool + "attn.in_proj_weight", 3L * d, d);
    Tensor bias = weights.get(pool + "attn.in_proj_bias", 3L * d);
    Tensor positions = weights.get(pool + "pos_embed", q, d);
    return new Resampler(
        sizes.resamplerHeads(),
        sizes.projects()
            ? ops.pack(weights.linear(pool + "kv_proj", d, sizes.width()), null, null, dtype)
            : null,
        LayerNorm.load(ops, weights, pool + "ln_kv", d, eps, dtype),
        ops.matrix(weights.get(pool + "query", q, d), dtype),
        LayerNorm.load(ops, weights, pool + "ln_q", d, eps, dtype),
        ops.matrix(positions, dtype),
        PositionTables.resized(ops, positions, sizes.grid(), dtype),
        third(ops, weight, bias, 0, dtype),
        third(ops, weight, bias, 1, dtype),
        third(ops, weight, bias, 2, dtype),
        Projections.biased(ops, weights, pool + "attn.out_proj", d, d, dtype),
        LayerNorm.load(ops, weights, at + "ln_post", d, eps, dtype),
        transposed(ops, weights.get(at + "proj", d, d), dtype));
  }

  /** Queries, keys or values of a projection to all three. */
  private static Linear third(Ops ops, Tensor weight, Tensor bias, int which, DType dtype) {
    long d = weight.size(1);
    Tensor rows = weight.rows(which * d, (which + 1) * d);
    return ops.pack(StoredWeights.plain(rows), null, bias.rows(which * d, (which + 1) * d), dtype);
  }

  /** x W in place of x Wᵀ. */
  private static Linear transposed(Ops ops, Tensor weight, DType dtype) {
    int d = Math.toIntExact(weight.size(0));
    float[] stored = FloatTensors.toArray(ops, weight);
    float[] values = new float[stored.length];
    for (int at = 0; at < values.length; at++) {
      values[at % d * d + at / d] = stored[at];
    }
    return Projections.of(ops, values, d, d, null, dtype);
  }
}
