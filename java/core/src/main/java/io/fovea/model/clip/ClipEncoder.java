package io.fovea.model.clip;

import io.fovea.model.ClipPixels;
import io.fovea.model.FloatTensors;
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
 * CLIP's vision transformer, a step at a time. Letters: N patches, T = 1 + N tokens (class token
 * first), D hidden size, P patch side.
 */
public record ClipEncoder(
    ClipConfig config,
    DType dtype,
    Tensor meanStd, // [6]
    Linear patchEmbedding, // [D, 3*P*P]
    Tensor classRow, // [1, D]: class embedding and its position
    Tensor patchPositions, // [N, D]
    LayerNorm preLayrnorm, // [D]; the published spelling
    List<ClipLayer> layers) {

  public ClipEncoder {
    layers = List.copyOf(layers);
  }

  /** A picture's normalised patches: rgb [H, W, 3] u8 → [N, 3*P*P], scratch. */
  public Tensor patches(Ops ops, Tensor rgb, Ops.Fit fit) {
    return ops.imagePatches(rgb, meanStd, fit, config.imageSize(), config.patchSize(), dtype);
  }

  /** First, class token and patches with their positions, normalised: [N, 3*P*P] → x [T, D]. */
  public void embed(Ops ops, Tensor patches, Tensor x, Trace trace) {
    int n = config.patches();
    trace.record("patches", patches);
    Tensor embedded = ops.scratch(dtype, 1 + n, config.hiddenSize());
    ops.convertInto(classRow, embedded.rows(0, 1));
    ops.convertInto(patchPositions, embedded.rows(1, 1 + n));
    ops.linearResidualInPlace(embedded.rows(1, 1 + n), patches, patchEmbedding);
    ops.convertInto(preLayrnorm.forward(ops, embedded), x);
    trace.record("vision.embeddings", x);
  }

  /** Then layer after layer: x [T, D] is the residual stream. */
  public void layer(Ops ops, int index, Tensor x, Trace trace) {
    layers.get(index).forward(ops, x);
    trace.record("vision.layers." + index, x);
  }

  /**
   * Reads the encoder stored under {@code prefix}, such as "vision_model."; {@code layerLoaded}
   * runs after each layer.
   */
  public static ClipEncoder load(
      Ops ops,
      Weights weights,
      ClipConfig config,
      String prefix,
      DType dtype,
      Runnable layerLoaded) {
    String at = prefix + "embeddings.";
    int d = config.hiddenSize();
    int p = config.patchSize();
    int n = config.patches();
    Tensor projection = weights.get(at + "patch_embedding.weight", d, 3, p, p);
    Tensor positions = weights.get(at + "position_embedding.weight", 1 + n, d);
    Tensor classEmbedding = weights.get(at + "class_embedding", d).reshape(1, d);
    List<ClipLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(ClipLayer.load(ops, weights, config, prefix + "encoder.layers." + i + ".", dtype));
      layerLoaded.run();
    }
    StoredWeights patches = StoredWeights.plain(projection.reshape(d, 3L * p * p));
    return new ClipEncoder(
        config,
        dtype,
        ClipPixels.meanStd(ops),
        ops.pack(patches, null, null, dtype),
        FloatTensors.sum(ops, classEmbedding, positions.rows(0, 1), dtype),
        ops.matrix(positions.rows(1, 1 + n), dtype),
        LayerNorm.load(ops, weights, prefix + "pre_layrnorm", d, config.layerNormEps(), dtype),
        layers);
  }
}
