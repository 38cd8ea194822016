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
 * From pixels to what the decoder reads of a picture; {@link CogVlmImageEncoding} runs it. Letters:
 * N patches, Dv encoder width, D decoder width, n adapted patches, U patches of the second encoder.
 */
record CogVlmVision(
    EvaClipEncoder encoder,
    @Nullable Tensor positions, // [N, Dv], CogAgent
    @Nullable Downsample downsample, // CogVLM2
    GluAdapter adapter,
    @Nullable Eva02Encoder crossEncoder) { // CogAgent

  /**
   * After the encoder's last layer, x [1 + N, Dv] → begin marker, adapted patches, end marker:
   * {@code rows} [n + 2, D]. Changes x.
   */
  void adapt(Ops ops, Tensor x, Tensor rows, Trace trace) {
    Tensor features = encoder.features(x); // [N, Dv]
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

  /** A picture's patches for the second encoder: rgb [H, W, 3] u8 → [U, 3*P*P], scratch. */
  Tensor crossPatches(Ops ops, Tensor rgb, Eva02Encoder second) {
    int side = second.config().imageSize();
    return ops.imagePatches(
        rgb, encoder.meanStd(), Ops.Fit.STRETCH, side, second.patchSize(), second.dtype());
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
