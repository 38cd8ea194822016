package io.fovea.model.cogvlm;

import io.fovea.model.StepPlan;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.List;

/**
 * Attention of every token, image and text alike, to the high-resolution features of its picture
 * (CogAgent, arXiv:2312.08914, "high-resolution cross-module"). Letters: R rows of the step, D
 * hidden size, U high-resolution patches, Du their width, C width of the attention, H heads.
 */
record CrossAttention(
    int layer,
    int heads,
    Tensor postCrossAttentionLayernorm, // [D]; applied before, whatever its name says
    Linear query, // [C, D]
    Linear keyValue, // [2C, Du]
    Linear dense, // [D, C]
    float eps) {

  /** x += dense(attention(query(norm(x)), picture)); x [R, D]. */
  void forward(Ops ops, Tensor x, List<StepPlan.ContextRows> contexts) {
    Tensor q = ops.linear(ops.rmsNorm(x, postCrossAttentionLayernorm, eps), query); // [R, C]
    for (StepPlan.ContextRows rows : contexts) {
      long from = rows.firstRow();
      long to = from + rows.rows();
      Tensor keysValues = rows.context().keysValues(layer); // [2H, U, K]
      Tensor mixed = attention(ops, q.rows(from, to), keysValues);
      ops.linearResidualInPlace(x.rows(from, to), mixed, dense);
    }
  }

  /** softmax(QKᵀ/√K) V without mask. q [rows, C] → [rows, C]. */
  private Tensor attention(Ops ops, Tensor q, Tensor keysValues) {
    long c = q.size(1);
    Tensor k = keysValues.rows(0, heads).swapAxes(0, 1); // [U, H, K]
    Tensor v = keysValues.rows(heads, 2L * heads).swapAxes(0, 1);
    float scale = (float) (1 / Math.sqrt((double) c / heads));
    return ops.attention(q.heads(heads), k, v, scale).reshape(q.size(0), c);
  }

  /**
   * Keys, then values, of a picture's features [U, Du] as [2H, U, K]: head by head, because every
   * step reads all of them. Owned by the caller.
   */
  DeviceMemory.Allocation keysValues(Ops ops, Tensor features) {
    long u = features.size(0);
    long k = keyValue.outputs() / (2L * heads);
    DeviceMemory.Allocation keysValues = ops.memory().allocate(features.dtype(), 2L * heads, u, k);
    try {
      Tensor byPatch = ops.linear(features, keyValue); // [U, 2C]
      for (int head = 0; head < 2 * heads; head++) {
        Tensor target = keysValues.tensor().rows(head, head + 1).reshape(u, k);
        ops.convertInto(byPatch.columns(head * k, (head + 1) * k), target);
      }
      return keysValues;
    } catch (RuntimeException | Error e) {
      keysValues.close();
      throw e;
    }
  }

  /** Reads the cross-attention of layer {@code index} under the checkpoint's own names. */
  static CrossAttention load(
      Ops ops,
      Weights weights,
      CogVlmConfig config,
      CogVlmConfig.Cross cross,
      int index,
      DType dtype) {
    String at = "model.layers." + index + ".";
    int d = config.hiddenSize();
    int c = cross.computeHiddenSize();
    int du = cross.vision().hiddenSize();
    return new CrossAttention(
        index,
        config.numAttentionHeads(),
        ops.vector(weights.get(at + "post_cross_attention_layernorm.weight", d), dtype),
        ops.pack(weights.linear(at + "cross_attn.query", c, d), null, null, dtype),
        ops.pack(weights.linear(at + "cross_attn.key_value", 2 * c, du), null, null, dtype),
        ops.pack(weights.linear(at + "cross_attn.dense", d, c), null, null, dtype),
        config.rmsNormEps());
  }
}
