package io.fovea.model.evaclip;

import io.fovea.model.Projections;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * One encoder block of EVA2-CLIP-E as CogVLM uses it: the normalisation comes after attention and
 * MLP, before the residual sum (Swin V2's "res-post-norm", arXiv:2111.09883). Letters: T tokens
 * (class token first), D hidden size, H heads, K = D/H, F inner size.
 */
record EvaClipLayer(
    EvaClipConfig config,
    Linear queryKeyValue, // [3D, D] + [3D]
    Linear dense, // [D, D] + [D]
    Tensor inputLayernormWeight, // [D]
    Tensor inputLayernormBias, // [D]
    Linear fc1, // [F, D] + [F]
    Linear fc2, // [D, F] + [D]
    Tensor postAttentionLayernormWeight, // [D]
    Tensor postAttentionLayernormBias) { // [D]

  /** x += norm(attention(x)), then x += norm(mlp(x)); x [T, D] is the residual stream. */
  void forward(Ops ops, Tensor x) {
    float eps = config.layerNormEps();
    ops.layerNormResidualInPlace(
        x, attention(ops, x), inputLayernormWeight, inputLayernormBias, eps);
    ops.layerNormResidualInPlace(
        x, mlp(ops, x), postAttentionLayernormWeight, postAttentionLayernormBias, eps);
  }

  /** dense(softmax(QKᵀ/√K) V), every token sees every token. */
  private Tensor attention(Ops ops, Tensor x) {
    int d = config.hiddenSize();
    int heads = config.numHeads();
    Tensor qkv = ops.linear(x, queryKeyValue); // [T, 3D]
    Tensor q = qkv.columns(0, d).heads(heads); // [T, H, K]
    Tensor k = qkv.columns(d, 2L * d).heads(heads);
    Tensor v = qkv.columns(2L * d, 3L * d).heads(heads);
    float scale = (float) (1 / Math.sqrt(config.headSize()));
    return ops.linear(ops.attention(q, k, v, scale).reshape(x.size(0), d), dense);
  }

  /** fc2(gelu(fc1(x))). */
  private Tensor mlp(Ops ops, Tensor x) {
    return ops.linear(ops.linearGelu(x, fc1), fc2);
  }

  /** Reads block {@code index} under the checkpoint's own names. */
  static EvaClipLayer load(Ops ops, Weights weights, EvaClipConfig config, int index, DType dtype) {
    String at = "model.vision.transformer.layers." + index + ".";
    int d = config.hiddenSize();
    int f = config.intermediateSize();
    return new EvaClipLayer(
        config,
        Projections.biased(ops, weights, at + "attention.query_key_value", 3 * d, d, dtype),
        Projections.biased(ops, weights, at + "attention.dense", d, d, dtype),
        ops.vector(weights.get(at + "input_layernorm.weight", d), dtype),
        ops.vector(weights.get(at + "input_layernorm.bias", d), dtype),
        Projections.biased(ops, weights, at + "mlp.fc1", f, d, dtype),
        Projections.biased(ops, weights, at + "mlp.fc2", d, f, dtype),
        ops.vector(weights.get(at + "post_attention_layernorm.weight", d), dtype),
        ops.vector(weights.get(at + "post_attention_layernorm.bias", d), dtype));
  }
}
