package io.fovea.model.qwenvl;

import io.fovea.model.LayerNorm;
import io.fovea.model.Projections;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * One encoder block: attention and MLP, each normalised before. Letters: N patches, Dv width, H
 * heads, K = Dv/H, F inner size.
 */
record VisualBlock(
    QwenVlVision sizes,
    LayerNorm ln1, // [Dv]
    Linear inProj, // [3Dv, Dv] + [3Dv]: head after head its queries, keys and values
    Linear outProj, // [Dv, Dv] + [Dv]
    LayerNorm ln2, // [Dv]
    Linear fc, // [F, Dv] + [F]
    Linear proj) { // [Dv, F] + [Dv]

  /** x += attention(norm(x)), then x += mlp(norm(x)); x [N, Dv] is the residual stream. */
  void forward(Ops ops, Tensor x) {
    ops.linearResidualInPlace(x, attention(ops, ln1.forward(ops, x)), outProj);
    Tensor inner = ops.linearGelu(ln2.forward(ops, x), fc); // [N, F]
    ops.linearResidualInPlace(x, inner, proj);
  }

  /** softmax(QKᵀ/√K) V, every patch sees every patch. */
  private Tensor attention(Ops ops, Tensor h) {
    long size = sizes.width() / sizes.heads();
    // [3K, H, N]: a head's queries, then its keys, then its values
    Tensor byColumn = ops.linear(h, inProj).heads(sizes.heads()).swapAxes(0, 2);
    Tensor q = byColumn.rows(0, size).swapAxes(0, 2); // [N, H, K]
    Tensor k = byColumn.rows(size, 2 * size).swapAxes(0, 2);
    Tensor v = byColumn.rows(2 * size, 3 * size).swapAxes(0, 2);
    float scale = (float) (1 / Math.sqrt((double) size));
    return ops.attention(q, k, v, scale).reshape(h.size(0), sizes.width());
  }

  /** Reads the block stored under {@code at}. */
  static VisualBlock load(Ops ops, Weights weights, QwenVlVision sizes, String at, DType dtype) {
    int d = sizes.width();
    int f = sizes.mlpWidth();
    float eps = QwenVlVision.NORM_EPS;
    return new VisualBlock(
        sizes,
        LayerNorm.load(ops, weights, at + "ln_1", d, eps, dtype),
        Projections.biased(ops, weights, at + "attn.in_proj", 3 * d, d, dtype),
        Projections.biased(ops, weights, at + "attn.out_proj", d, d, dtype),
        LayerNorm.load(ops, weights, at + "ln_2", d, eps, dtype),
        Projections.biased(ops, weights, at + "mlp.c_fc", f, d, dtype),
        Projections.biased(ops, weights, at + "mlp.c_proj", d, f, dtype));
  }
}
