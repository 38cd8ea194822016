package io.fovea.model.clip;

import io.fovea.model.LayerNorm;
import io.fovea.model.Projections;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * One encoder block: attention and MLP, each normalised before. Letters: T tokens (class token
 * first), D hidden size, H heads, K = D/H, F inner size.
 */
record ClipLayer(
    ClipConfig config,
    LayerNorm layerNorm1, // [D]
    Linear qProj, // [D, D] + [D]
    Linear kProj, // [D, D] + [D]
    Linear vProj, // [D, D] + [D]
    Linear outProj, // [D, D] + [D]
    LayerNorm layerNorm2, // [D]
    Linear fc1, // [F, D] + [F]
    Linear fc2) { // [D, F] + [D]

  /** x += attention(norm(x)), then x += mlp(norm(x)); x [T, D] is the residual stream. */
  void forward(Ops ops, Tensor x) {
    ops.linearResidualInPlace(x, attention(ops, layerNorm1.forward(ops, x)), outProj);
    Tensor inner = ops.linearQuickGelu(layerNorm2.forward(ops, x), fc1); // [T, F]
    ops.linearResidualInPlace(x, inner, fc2);
  }

  /** softmax(QKᵀ/√K) V, every token sees every token. */
  private Tensor attention(Ops ops, Tensor h) {
    int heads = config.numAttentionHeads();
    Tensor q = ops.linear(h, qProj).heads(heads); // [T, H, K]
    Tensor k = ops.linear(h, kProj).heads(heads);
    Tensor v = ops.linear(h, vProj).heads(heads);
    float scale = (float) (1 / Math.sqrt(config.headSize()));
    return ops.attention(q, k, v, scale).reshape(h.size(0), config.hiddenSize());
  }

  /** Reads the block stored under {@code at}. */
  static ClipLayer load(Ops ops, Weights weights, ClipConfig config, String at, DType dtype) {
    int d = config.hiddenSize();
    int f = config.intermediateSize();
    float eps = config.layerNormEps();
    return new ClipLayer(
        config,
        LayerNorm.load(ops, weights, at + "layer_norm1", d, eps, dtype),
        Projections.biased(ops, weights, at + "self_attn.q_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "self_attn.k_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "self_attn.v_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "self_attn.out_proj", d, d, dtype),
        LayerNorm.load(ops, weights, at + "layer_norm2", d, eps, dtype),
        Projections.biased(ops, weights, at + "mlp.fc1", f, d, dtype),
        Projections.biased(ops, weights, at + "mlp.fc2", d, f, dtype));
  }
}
