package io.fovea.model.qwenvl;

import io.fovea.model.ClipPixels;
import io.fovea.model.LayerNorm;
import io.fovea.model.Trace;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * OpenCLIP's ViT-bigG as Qwen-VL tuned it, a step at a time: no class token, no norm at the end.
 * Letters: N patches, Dv width, P patch side.
 */
record VisualEncoder(
    QwenVlVision sizes,
    DType dtype,
    Tensor meanStd, // [6]
    Linear conv1, // [Dv, 3*P*P]
    Tensor positions, // [N, Dv]
    LayerNorm lnPre, // [Dv]
    List<VisualBlock> blocks) {

  VisualEncoder {
    blocks = List.copyOf(blocks);
  }

  /** First, patches with their positions, normalised: rgb [H, W, 3] u8 → x [N, Dv]. */
  void embed(Ops ops, Tensor rgb, Tensor x, Trace trace) {
    Tensor patches =
        ops.imagePatches(
            rgb, meanStd, Ops.Fit.STRETCH, sizes.imageSize(), sizes.patchSize(), dtype);
    trace.record("patches", patches);
    Tensor embedded = ops.scratch(dtype, sizes.patches(), sizes.width());
    ops.convertInto(positions, embedded);
    ops.linearResidualInPlace(embedded, patches, conv1);
    ops.convertInto(lnPre.forward(ops, embedded), x);
    trace.record("vision.embeddings", x);
  }

  /** Then block after block: x [N, Dv] is the residual stream. */
  void block(Ops ops, int index, Tensor x, Trace trace) {
    blocks.get(index).forward(ops, x);
    trace.record("vision.layers." + index, x);
  }

  /** Reads the encoder stored under {@code at}; {@code blockLoaded} runs after each block. */
  static VisualEncoder load(
      Ops ops, Weights weights, QwenVlVision sizes, String at, DType dtype, Runnable blockLoaded) {
    int d = sizes.width();
    int p = sizes.patchSize();
    Tensor kernel = weights.get(at + "conv1.weight", d, 3, p, p).reshape(d, 3L * p * p);
    Tensor stored = weights.get(at + "positional_embedding", QwenVlVision.STORED_POSITIONS, d);
    List<VisualBlock> blocks = new ArrayList<>();
    for (int i = 0; i < sizes.layers(); i++) {
      String block = at + "transformer.resblocks." + i + ".";
      blocks.add(VisualBlock.load(ops, weights, sizes, block, dtype));
      blockLoaded.run();
    }
    return new VisualEncoder(
        sizes,
        dtype,
        ClipPixels.meanStd(ops),
        ops.pack(StoredWeights.plain(kernel), null, null, dtype),
        PositionTables.resized(ops, stored, sizes.grid(), dtype),
        LayerNorm.load(ops, weights, at + "ln_pre", d, QwenVlVision.NORM_EPS, dtype),
        blocks);
  }
}
