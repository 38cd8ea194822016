package io.fovea.model.cogvlm;

import io.fovea.model.Trace;
import io.fovea.model.eva02.Eva02Encoder;
import io.fovea.model.evaclip.EvaClipEncoder;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import org.jspecify.annotations.Nullable;

/**
 * From pixels to what the decoder reads of a picture. Letters: N patches, Dv encoder width, D
 * decoder width, n adapted patches.
 */
record CogVlmVision(
    EvaClipEncoder encoder,
    @Nullable Tensor positions, // [N, Dv], CogAgent
    @Nullable Downsample downsample, // CogVLM2
    GluAdapter adapter,
    @Nullable Eva02Encoder crossEncoder) { // CogAgent

  /** rgb [H, W, 3] u8 → begin marker, adapted patches, end marker: {@code rows} [n + 2, D]. */
  void forward(Ops ops, Tensor rgb, Tensor rows, Trace trace) {
    Tensor patches = encoder.patches(ops, rgb);
    trace.record("patches", patches);
    Tensor features = encoder.forward(ops, patches, trace); // [N, Dv]
    if (positions != null) {
      ops.addInPlace(features, positions);
      trace.record("vision.pos_embed", features);
    }
    if (downsample != null) {
      features = downsample.forward(ops, features); // [M, Dv]
      trace.record("vision.conv", features);
    }
    adapter.forward(ops, features, rows, trace);
    trace.record("vision.output", rows);
  }

  /**
   * High-resolution features [U, Du] of rgb [H, W, 3] u8, scratch; null without such an encoder.
   */
  @Nullable Tensor crossFeatures(Ops ops, Tensor rgb, Trace trace) {
    if (crossEncoder == null) {
      return null;
    }
    int side = crossEncoder.config().imageSize();
    Tensor patches =
        ops.imagePatches(
            rgb, encoder.meanStd(), side, crossEncoder.patchSize(), crossEncoder.dtype());
    trace.record("cross.patches", patches);
    return crossEncoder.forward(ops, patches, trace);
  }

  static CogVlmVision load(
      Ops ops, Weights weights, CogVlmConfig config, DType dtype, Runnable blockLoaded) {
    int n = config.vision().patches();
    int dv = config.vision().hiddenSize();
    CogVlmConfig.Cross cross = config.cross();
    return new CogVlmVision(
        EvaClipEncoder.load(ops, weights, config.vision(), dtype, blockLoaded),
        cross == null ? null : ops.matrix(weights.get("model.vision.pos_embed", n, dv), dtype),
        config.downsamples() ? Downsample.load(ops, weights, config, dtype) : null,
        GluAdapter.load(ops, weights, config, dtype),
        cross == null ? null : Eva02Encoder.load(ops, weights, cross.vision(), dtype));
  }
}
