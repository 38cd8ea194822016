package io.fovea.model.eva02;

import io.fovea.model.Projections;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * One block of EVA-02 (arXiv:2303.11331): pre-norm, rotary attention and a SwiGLU MLP, each with a
 * further norm before its last projection. Letters: T tokens (class token first), D width, H heads,
 * K = D/H, F inner size.
 */
record Eva02Block(
    Eva02Config config,
    Tensor norm1Weight, // [D]
    Tensor norm1Bias, // [D]
    Linear queryProj, // [D, D] + [D]
    Linear keyProj, // [D, D]
    Linear valueProj, // [D, D] + [D]
    Tensor innerAttnLnWeight, // [D]
    Tensor innerAttnLnBias, // [D]
    Linear proj, // [D, D] + [D]
    Tensor norm2Weight, // [D]
    Tensor norm2Bias, // [D]
    Linear w1w2, // pair of [F, D] + [2F]
    Tensor ffnLnWeight, // [F]
    Tensor ffnLnBias, // [F]
    Linear w3) { // [D, F] + [D]

  private static final float EPS = Eva02Config.LAYER_NORM_EPS;

  /**
   * x += proj(norm(attention(norm(x)))), then x += w3(norm(swiglu(norm(x)))); x [T, D] is the
   * residual stream.
   *
   * @param cos, sin rotation of each patch, [T - 1, K/2]
   */
  void forward(Ops ops, Tensor x, Tensor cos, Tensor sin) {
    Tensor mixed = attention(ops, ops.layerNorm(x, norm1Weight, norm1Bias, EPS), cos, sin);
    ops.linearResidualInPlace(
        x, ops.layerNorm(mixed, innerAttnLnWeight, innerAttnLnBias, EPS), proj);
    Tensor inner = ops.linearSwiglu(ops.layerNorm(x, norm2Weight, norm2Bias, EPS), w1w2); // [T, F]
    ops.linearResidualInPlace(x, ops.layerNorm(inner, ffnLnWeight, ffnLnBias, EPS), w3);
  }

  /** softmax(QKᵀ/√K) V, every token sees every token; the class token is not rotated. */
  private Tensor attention(Ops ops, Tensor h, Tensor cos, Tensor sin) {
    long tokens = h.size(0);
    Tensor q = ops.linear(h, queryProj).heads(config.numHeads()); // [T, H, K]
    Tensor k = ops.linear(h, keyProj).heads(config.numHeads());
    Tensor v = ops.linear(h, valueProj).heads(config.numHeads());
    ops.ropePairsInPlace(q.rows(1, tokens), cos, sin);
    ops.ropePairsInPlace(k.rows(1, tokens), cos, sin);
    float scale = (float) (1 / Math.sqrt(config.headSize()));
    return ops.attention(q, k, v, scale).reshape(tokens, config.hiddenSize());
  }

  /** Reads block {@code index}, stored under {@code prefix}. */
  static Eva02Block load(
      Ops ops, Weights weights, Eva02Config config, String prefix, int index, DType dtype) {
    String at = prefix + "blocks." + index + ".";
    int d = config.hiddenSize();
    int f = weights.size(at + "mlp.w1.bias", 1, 0);
    return new Eva02Block(
        config,
        ops.vector(weights.get(at + "norm1.weight", d), dtype),
        ops.vector(weights.get(at + "norm1.bias", d), dtype),
        ops.pack(
            weights.linear(at + "attn.q_proj", d, d),
            null,
            weights.get(at + "attn.q_bias", d),
            dtype),
        ops.pack(weights.linear(at + "attn.k_proj", d, d), null, null, dtype),
        ops.pack(
            weights.linear(at + "attn.v_proj", d, d),
            null,
            weights.get(at + "attn.v_bias", d),
            dtype),
        ops.vector(weights.get(at + "attn.inner_attn_ln.weight", d), dtype),
        ops.vector(weights.get(at + "attn.inner_attn_ln.bias", d), dtype),
        Projections.biased(ops, weights, at + "attn.proj", d, d, dtype),
        ops.vector(weights.get(at + "norm2.weight", d), dtype),
        ops.vector(weights.get(at + "norm2.bias", d), dtype),
        gateUp(ops, weights, at + "mlp.", f, d, dtype),
        ops.vector(weights.get(at + "mlp.ffn_ln.weight", f), dtype),
        ops.vector(weights.get(at + "mlp.ffn_ln.bias", f), dtype),
        Projections.biased(ops, weights, at + "mlp.w3", d, f, dtype));
  }

  private static Linear gateUp(Ops ops, Weights weights, String at, int f, int d, DType dtype) {
    Linear pair =
        ops.pack(weights.linear(at + "w1", f, d), weights.linear(at + "w2", f, d), null, dtype);
    Tensor bias = ops.memory().allocate(DType.F32, 2L * f).tensor();
    ops.convertInto(rounded(ops, weights, at + "w1.bias", f, dtype), bias.rows(0, f).reshape(1, f));
    ops.convertInto(
        rounded(ops, weights, at + "w2.bias", f, dtype), bias.rows(f, 2L * f).reshape(1, f));
    return new Linear(pair.weights(), bias);
  }

  private static Tensor rounded(Ops ops, Weights weights, String name, int f, DType dtype) {
    return ops.vector(weights.get(name, f), dtype).reshape(1, f);
  }
}
