package io.fovea.model.evaclip;

import io.fovea.model.ClipPixels;
import io.fovea.model.FloatTensors;
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
 * The vision tower: 63 of the 64 blocks of EVA2-CLIP-E (arXiv:2303.15389), no final norm and no
 * head. Letters: N patches, T = 1 + N tokens, D hidden size, P patch side.
 */
public record EvaClipEncoder(
    EvaClipConfig config,
    DType dtype,
    Tensor meanStd, // [6] f32
    Linear patchProjection, // [D, 3*P*P] + [D]
    Tensor classRow, // [1, D] f32: class embedding plus its position
    Tensor patchPositions, // [N, D]
    List<EvaClipLayer> layers) {

  public EvaClipEncoder {
    layers = List.copyOf(layers);
  }

  /** A picture's normalised patches: rgb [H, W, 3] u8 → [N, 3*P*P], scratch. */
  public Tensor patches(Ops ops, Tensor rgb) {
    return ops.imagePatches(
        rgb, meanStd, Ops.Fit.STRETCH, config.imageSize(), config.patchSize(), dtype);
  }

  /** First, class token and patches with their positions: [N, 3*P*P] → x [T, D]. */
  public void embed(Ops ops, Tensor patches, Tensor x, Trace trace) {
    int n = config.patches();
    trace.record("patches", patches);
    ops.convertInto(classRow, x.rows(0, 1));
    ops.convertInto(patchPositions, x.rows(1, 1 + n));
    ops.linearResidualInPlace(x.rows(1, 1 + n), patches, patchProjection);
    trace.record("vision.embeddings", x);
  }

  /** Then layer after layer: x [T, D] is the residual stream. */
  public void layer(Ops ops, int index, Tensor x, Trace trace) {
    layers.get(index).forward(ops, x);
    trace.record("vision.layers." + index, x);
  }

  /** Last, what the decoder is given: the patches [N, D] of x [T, D], a view. */
  public Tensor features(Tensor x) {
    return x.rows(1, 1 + config.patches());
  }

  /**
   * Reads the tower under the checkpoint's own names; {@code layerLoaded} runs after each block.
   */
  public static EvaClipEncoder load(
      Ops ops, Weights weights, EvaClipConfig config, DType dtype, Runnable layerLoaded) {
    String at = "model.vision.patch_embedding.";
    int d = config.hiddenSize();
    int p = config.patchSize();
    int n = config.patches();
    Tensor projection = weights.get(at + "proj.weight", d, 3, p, p).reshape(d, 3L * p * p);
    Tensor positions = weights.get(at + "position_embedding.weight", 1 + n, d);
    Tensor classEmbedding = weights.get(at + "cls_embedding", 1, d);
    List<EvaClipLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(EvaClipLayer.load(ops, weights, config, i, dtype));
      layerLoaded.run();
    }
    return new EvaClipEncoder(
        config,
        dtype,
        ClipPixels.meanStd(ops),
        ops.pack(StoredWeights.plain(projection), null, weights.get(at + "proj.bias", d), dtype),
        FloatTensors.sum(ops, classEmbedding, positions.rows(0, 1), dtype),
        ops.matrix(positions.rows(1, 1 + n), dtype),
        layers);
  }
}
