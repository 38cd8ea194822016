package io.fovea.model.llama;

import io.fovea.model.KvCache;
import io.fovea.ops.CacheRows;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One decoder layer: attention and a gated MLP, each after a root mean square norm. Letters: R rows
 * of the step, D hidden size, H heads, Hkv key heads, K head size, F inner size, E = (H + 2 Hkv) K.
 */
public record LlamaDecoderLayer(
    LlamaSizes sizes,
    int index,
    Tensor inputLayernorm, // [D]
    List<Linear> queryKeyValue, // one [E, D], or three: queries, keys, values
    Linear outProj, // [D, H K]
    Tensor postAttentionLayernorm, // [D]
    Linear gateUpProj, // pair of [F, D]
    Linear downProj) { // [D, F]

  public LlamaDecoderLayer {
    queryKeyValue = List.copyOf(queryKeyValue);
  }

  /** x += attention(norm(x)), then x += mlp(norm(x)); x [R, D] is the residual stream. */
  public void forward(Ops ops, Tensor x, CacheRows rows, RotaryTable rotary, KvCache cache) {
    forward(ops, x, rows, rotary, /* queryScale= */ null, cache);
  }

  /**
   * The same, with queries that grow.
   *
   * @param queryScale null, or a row's factor as cosines [R, K/2], with sines 0
   */
  public void forward(
      Ops ops,
      Tensor x,
      CacheRows rows,
      RotaryTable rotary,
      @Nullable RotaryTable queryScale,
      KvCache cache) {
    float eps = sizes.rmsNormEps();
    Tensor normed = ops.rmsNorm(x, inputLayernorm, eps);
    Tensor mixed = attention(ops, normed, rows, rotary, queryScale, cache);
    ops.linearResidualInPlace(x, mixed, outProj);
    Tensor inner = ops.linearSwiglu(ops.rmsNorm(x, postAttentionLayernorm, eps), gateUpProj);
    ops.linearResidualInPlace(x, inner, downProj);
  }

  /** softmax(QKᵀ/√K) V over the cached slots: masked by slot, rotated by position. */
  private Tensor attention(
      Ops ops,
      Tensor h,
      CacheRows rows,
      RotaryTable rotary,
      @Nullable RotaryTable queryScale,
      KvCache cache) {
    Tensor keys = cache.keys(index);
    Tensor values = cache.values(index);
    Tensor qkv = queryKeyValue(ops, h);
    ops.ropeAppendInPlace(qkv, rotary, rows, sizes.heads(), sizes.keyValueHeads(), keys, values);
    Tensor q = qkv.columns(0, sizes.querySize()).heads(sizes.heads()); // [R, H, K]
    if (queryScale != null) {
      ops.ropePairsInPlace(q, queryScale.cos(), queryScale.sin());
    }
    float scale = (float) (1 / Math.sqrt(sizes.headSize()));
    return ops.pagedAttention(q, keys, values, rows, scale).reshape(h.size(0), sizes.querySize());
  }

  /** h [R, D] → [R, E]. */
  private Tensor queryKeyValue(Ops ops, Tensor h) {
    if (queryKeyValue.size() == 1) {
      return ops.linear(h, queryKeyValue.get(0));
    }
    int width = sizes.querySize() + 2 * sizes.keyValueSize();
    Tensor qkv = ops.scratch(h.dtype(), h.size(0), width);
    long from = 0;
    for (Linear part : queryKeyValue) {
      ops.linearInto(h, part, qkv.columns(from, from + part.outputs()));
      from += part.outputs();
    }
    return qkv;
  }

  /**
   * Reads the layer stored under {@code at}, such as "model.layers.3.", by the names of LLaMA's own
   * port.
   */
  public static LlamaDecoderLayer load(
      Ops ops, Weights weights, LlamaSizes sizes, String at, int index, DType dtype) {
    int d = sizes.hiddenSize();
    int f = sizes.intermediateSize();
    int q = sizes.querySize();
    int kv = sizes.keyValueSize();
    String attention = at + "self_attn.";
    return new LlamaDecoderLayer(
        sizes,
        index,
        ops.vector(weights.get(at + "input_layernorm.weight", d), dtype),
        List.of(
            ops.pack(weights.linear(attention + "q_proj", q, d), null, null, dtype),
            ops.pack(weights.linear(attention + "k_proj", kv, d), null, null, dtype),
            ops.pack(weights.linear(attention + "v_proj", kv, d), null, null, dtype)),
        ops.pack(weights.linear(attention + "o_proj", d, q), null, null, dtype),
        ops.vector(weights.get(at + "post_attention_layernorm.weight", d), dtype),
        ops.pack(
            weights.linear(at + "mlp.gate_proj", f, d),
            weights.linear(at + "mlp.up_proj", f, d),
            null,
            dtype),
        ops.pack(weights.linear(at + "mlp.down_proj", d, f), null, null, dtype));
  }
}
