package io.fovea.model.cogvlm;

import io.fovea.model.KvCache;
import io.fovea.ops.CacheRows;
import io.fovea.ops.ExpertPair;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * One decoder layer: a LLaMA layer whose projections come twice, for image rows and for text rows,
 * around one shared attention (CogVLM, arXiv:2311.03079, "visual expert module"). Letters: R rows
 * of the step, D hidden size, H heads, K = D/H, F inner size.
 */
record CogVlmDecoderLayer(
    CogVlmConfig config,
    int index,
    Tensor inputLayernorm, // [D]
    ExpertPair queryKeyValue, // 2 x [3D, D]
    ExpertPair dense, // 2 x [D, D]
    Tensor postAttentionLayernorm, // [D]
    ExpertPair gateUpProj, // 2 x pair of [F, D]
    ExpertPair downProj) { // 2 x [D, F]

  /** x += attention(norm(x)), then x += mlp(norm(x)); x [R, D] is the residual stream. */
  void forward(
      Ops ops, Tensor x, int visionRows, CacheRows rows, RotaryTable rotary, KvCache cache) {
    float eps = config.rmsNormEps();
    Tensor mixed =
        attention(ops, ops.rmsNorm(x, inputLayernorm, eps), visionRows, rows, rotary, cache);
    ops.routedLinearResidualInPlace(x, mixed, visionRows, dense);
    Tensor inner =
        ops.routedSwiglu(ops.rmsNorm(x, postAttentionLayernorm, eps), visionRows, gateUpProj);
    ops.routedLinearResidualInPlace(x, inner, visionRows, downProj);
  }

  /** softmax(QKᵀ/√K) V over the cached slots: masked by slot, rotated by position. */
  private Tensor attention(
      Ops ops, Tensor h, int visionRows, CacheRows rows, RotaryTable rotary, KvCache cache) {
    int heads = config.numAttentionHeads();
    Tensor keys = cache.keys(index);
    Tensor values = cache.values(index);
    Tensor qkv = ops.routedLinear(h, visionRows, queryKeyValue); // [R, 3D]
    ops.ropeAppendInPlace(qkv, rotary, rows, heads, heads, keys, values);
    Tensor q = qkv.columns(0, config.hiddenSize()).heads(heads); // [R, H, K]
    float scale = (float) (1 / Math.sqrt(config.headSize()));
    return ops.pagedAttention(q, keys, values, rows, scale).reshape(h.size(0), config.hiddenSize());
  }

  /** Reads layer {@code index} under the checkpoint's own names. */
  static CogVlmDecoderLayer load(
      Ops ops, Weights weights, CogVlmConfig config, int index, DType dtype) {
    String at = "model.layers." + index + ".";
    int d = config.hiddenSize();
    int f = config.intermediateSize();
    return new CogVlmDecoderLayer(
        config,
        index,
        ops.vector(weights.get(at + "input_layernorm.weight", d), dtype),
        experts(ops, weights, at + "self_attn.%s_expert_query_key_value.weight", 3 * d, d, dtype),
        experts(ops, weights, at + "self_attn.%s_expert_dense.weight", d, d, dtype),
        ops.vector(weights.get(at + "post_attention_layernorm.weight", d), dtype),
        new ExpertPair(
            gateUp(ops, weights, at + "mlp.vision_mlp.", f, d, dtype),
            gateUp(ops, weights, at + "mlp.language_mlp.", f, d, dtype)),
        experts(ops, weights, at + "mlp.%s_mlp.down_proj.weight", d, f, dtype));
  }

  private static ExpertPair experts(
      Ops ops, Weights weights, String pattern, int outputs, int inputs, DType dtype) {
    Tensor vision = weights.get(pattern.replace("%s", "vision"), outputs, inputs);
    Tensor language = weights.get(pattern.replace("%s", "language"), outputs, inputs);
    return new ExpertPair(
        ops.pack(StoredWeights.plain(vision), null, null, dtype),
        ops.pack(StoredWeights.plain(language), null, null, dtype));
  }

  private static Linear gateUp(Ops ops, Weights weights, String at, int f, int d, DType dtype) {
    return ops.pack(
        StoredWeights.plain(weights.get(at + "gate_proj.weight", f, d)),
        StoredWeights.plain(weights.get(at + "up_proj.weight", f, d)),
        null,
        dtype);
  }
}
