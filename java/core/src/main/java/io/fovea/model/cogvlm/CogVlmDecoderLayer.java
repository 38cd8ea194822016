package io.fovea.model.cogvlm;

import io.fovea.ops.DeviceMemory;
import io.fovea.ops.ExpertPair;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One decoder layer: a LLaMA layer whose projections come twice, for image rows and for text rows,
 * around one shared attention (CogVLM, arXiv:2311.03079, "visual expert module"). Letters: R rows
 * of the step, D hidden size, H heads, Hkv key heads, K = D/H, F inner size, E = D + 2 Hkv K.
 */
record CogVlmDecoderLayer(
    CogVlmConfig config,
    int index,
    Tensor inputLayernorm, // [D]
    ExpertPair queryKeyValue, // 2 x [E, D]; CogVLM2: vision + [E]
    ExpertPair dense, // 2 x [D, D]
    @Nullable CrossAttention crossAttention, // CogAgent
    Tensor postAttentionLayernorm, // [D]
    ExpertPair gateUpProj, // 2 x pair of [F, D]
    ExpertPair downProj) { // 2 x [D, F]

  /**
   * x += attention(norm(x)), with CogAgent x += cross attention(norm(x)), then x += mlp(norm(x)); x
   * [R, D] is the residual stream.
   */
  void forward(Ops ops, Tensor x, LayerStep step) {
    float eps = config.rmsNormEps();
    Tensor mixed = attention(ops, ops.rmsNorm(x, inputLayernorm, eps), step);
    ops.routedLinearResidualInPlace(x, mixed, step.visionRows(), dense);
    if (crossAttention != null) {
      crossAttention.forward(ops, x, step.contexts());
    }
    Tensor inner =
        ops.routedSwiglu(
            ops.rmsNorm(x, postAttentionLayernorm, eps), step.visionRows(), gateUpProj);
    ops.routedLinearResidualInPlace(x, inner, step.visionRows(), downProj);
  }

  /** softmax(QKᵀ/√K) V over the cached slots: masked by slot, rotated by position. */
  private Tensor attention(Ops ops, Tensor h, LayerStep step) {
    int heads = config.numAttentionHeads();
    Tensor keys = step.cache().keys(index);
    Tensor values = step.cache().values(index);
    Tensor qkv = ops.routedLinear(h, step.visionRows(), queryKeyValue); // [R, E]
    ops.ropeAppendInPlace(
        qkv, step.rotary(), step.rows(), heads, config.numKeyValueHeads(), keys, values);
    Tensor q = qkv.columns(0, config.hiddenSize()).heads(heads); // [R, H, K]
    float scale = (float) (1 / Math.sqrt(config.headSize()));
    return ops.pagedAttention(q, keys, values, step.rows(), scale)
        .reshape(h.size(0), config.hiddenSize());
  }

  /** Keys and values of this layer's cross-attention to a picture's features [U, Du]. */
  DeviceMemory.Allocation crossKeysValues(Ops ops, Tensor features) {
    return Objects.requireNonNull(crossAttention).keysValues(ops, features);
  }

  /** Reads layer {@code index} under the checkpoint's own names. */
  static CogVlmDecoderLayer load(
      Ops ops, Weights weights, CogVlmConfig config, int index, DType dtype) {
    String at = "model.layers." + index + ".";
    int d = config.hiddenSize();
    int e = d + 2 * config.keyValueSize();
    int f = config.intermediateSize();
    CogVlmConfig.Cross cross = config.cross();
    return new CogVlmDecoderLayer(
        config,
        index,
        ops.vector(weights.get(at + "input_layernorm.weight", d), dtype),
        experts(
            ops,
            weights,
            at + "self_attn.%s_expert_query_key_value",
            e,
            d,
            config.variant() == CogVlmVariant.COGVLM2,
            dtype),
        experts(ops, weights, at + "self_attn.%s_expert_dense", d, d, false, dtype),
        cross == null ? null : CrossAttention.load(ops, weights, config, cross, index, dtype),
        ops.vector(weights.get(at + "post_attention_layernorm.weight", d), dtype),
        new ExpertPair(
            gateUp(ops, weights, at + "mlp.vision_mlp.", f, d, dtype),
            gateUp(ops, weights, at + "mlp.language_mlp.", f, d, dtype)),
        experts(ops, weights, at + "mlp.%s_mlp.down_proj", d, f, false, dtype));
  }

  private static ExpertPair experts(
      Ops ops,
      Weights weights,
      String pattern,
      int outputs,
      int inputs,
      boolean visionBias,
      DType dtype) {
    String vision = pattern.replace("%s", "vision");
    String language = pattern.replace("%s", "language");
    Tensor bias = visionBias ? weights.get(vision + ".bias", outputs) : null;
    return new ExpertPair(
        ops.pack(weights.linear(vision, outputs, inputs), null, bias, dtype),
        ops.pack(weights.linear(language, outputs, inputs), null, null, dtype));
  }

  private static Linear gateUp(Ops ops, Weights weights, String at, int f, int d, DType dtype) {
    return ops.pack(
        weights.linear(at + "gate_proj", f, d), weights.linear(at + "up_proj", f, d), null, dtype);
  }
}
