package io.fovea.model.kosmos2;

import io.fovea.model.KvCache;
import io.fovea.model.LayerNorm;
import io.fovea.model.Projections;
import io.fovea.ops.CacheRows;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * One decoder layer with Magneto's norms: before attention and MLP, and again inside each, before
 * its last projection (arXiv:2210.06423, "Sub-LN"). Letters: R rows of the step, D hidden size, H
 * heads, K = D/H, F inner size.
 */
record Kosmos2DecoderLayer(
    Kosmos2Config config,
    int index,
    LayerNorm selfAttnLayerNorm, // [D]
    Linear qProj, // [D, D] + [D]
    Linear kProj, // [D, D] + [D]
    Linear vProj, // [D, D] + [D]
    LayerNorm innerAttnLn, // [D]
    Linear outProj, // [D, D] + [D]
    LayerNorm finalLayerNorm, // [D]; before the MLP, whatever its name says
    Linear fc1, // [F, D] + [F]
    LayerNorm ffnLayernorm, // [F]
    Linear fc2) { // [D, F] + [D]

  /**
   * x += attention(norm(x)), then x += mlp(norm(x)); x [R, D] is the residual stream.
   *
   * @param still a rotation by nothing
   */
  void forward(Ops ops, Tensor x, CacheRows rows, RotaryTable still, KvCache cache) {
    Tensor mixed = attention(ops, selfAttnLayerNorm.forward(ops, x), rows, still, cache);
    ops.linearResidualInPlace(x, innerAttnLn.forward(ops, mixed), outProj);
    Tensor inner = ops.linearGelu(finalLayerNorm.forward(ops, x), fc1); // [R, F]
    ops.linearResidualInPlace(x, ffnLayernorm.forward(ops, inner), fc2);
  }

  /** softmax(QKᵀ/√K) V over the cached slots; positions are in the embeddings, nothing rotates. */
  private Tensor attention(Ops ops, Tensor h, CacheRows rows, RotaryTable still, KvCache cache) {
    int heads = config.attentionHeads();
    long d = config.embedDim();
    Tensor keys = cache.keys(index);
    Tensor values = cache.values(index);
    Tensor qkv = ops.scratch(h.dtype(), h.size(0), 3 * d);
    ops.linearInto(h, qProj, qkv.columns(0, d));
    ops.linearInto(h, kProj, qkv.columns(d, 2 * d));
    ops.linearInto(h, vProj, qkv.columns(2 * d, 3 * d));
    ops.ropeAppendInPlace(qkv, still, rows, heads, heads, keys, values);
    Tensor q = qkv.columns(0, d).heads(heads); // [R, H, K]
    float scale = (float) (1 / Math.sqrt(config.headSize()));
    return ops.pagedAttention(q, keys, values, rows, scale).reshape(h.size(0), d);
  }

  /** Reads layer {@code index} under the checkpoint's own names. */
  static Kosmos2DecoderLayer load(
      Ops ops, Weights weights, Kosmos2Config config, int index, DType dtype) {
    String at = "text_model.model.layers." + index + ".";
    int d = config.embedDim();
    int f = config.ffnDim();
    float eps = config.layerNormEps();
    return new Kosmos2DecoderLayer(
        config,
        index,
        LayerNorm.load(ops, weights, at + "self_attn_layer_norm", d, eps, dtype),
        Projections.biased(ops, weights, at + "self_attn.q_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "self_attn.k_proj", d, d, dtype),
        Projections.biased(ops, weights, at + "self_attn.v_proj", d, d, dtype),
        LayerNorm.load(ops, weights, at + "self_attn.inner_attn_ln", d, eps, dtype),
        Projections.biased(ops, weights, at + "self_attn.out_proj", d, d, dtype),
        LayerNorm.load(ops, weights, at + "final_layer_norm", d, eps, dtype),
        Projections.biased(ops, weights, at + "ffn.fc1", f, d, dtype),
        LayerNorm.load(ops, weights, at + "ffn.ffn_layernorm", f, eps, dtype),
        Projections.biased(ops, weights, at + "ffn.fc2", d, f, dtype));
  }
}
