package io.fovea.model.cogvlm;

import io.fovea.model.Trace;
import io.fovea.model.eva02.Eva02Encoder;
import io.fovea.model.evaclip.EvaClipEncoder;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Checkpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A picture's features computed straight through: one frame from pixels to keys and values, nothing
 * freed and nothing carried over; with weights loaded anew.
 */
record OnePass(Ops ops, CogVlmConfig config, DType dtype, CogVlmVision vision) {

  /** Rows, then keys and values of each decoder layer. */
  static List<ByteBuffer> features(TinyModel tiny, byte[] rgb, int width, int height) {
    Ops ops = tiny.ops();
    List<ByteBuffer> features = new ArrayList<>();
    try (Checkpoint weights = Checkpoint.open(tiny.directory(), ops.memory())) {
      CogVlmVision vision = CogVlmVision.load(ops, weights, tiny.config(), tiny.dtype(), () -> {});
      OnePass pass = new OnePass(ops, tiny.config(), tiny.dtype(), vision);
      ops.frame(
          () -> {
            Tensor pixels = ops.pixels(rgb, width, height);
            features.add(tiny.bytes(pass.rows(pixels)));
            if (vision.crossEncoder() != null) {
              Tensor cross = pass.cross(pixels, vision.crossEncoder());
              for (int i = 0; i < tiny.config().numHiddenLayers(); i++) {
                features.add(tiny.bytes(pass.keysValues(weights, i, cross)));
              }
            }
          });
    }
    return features;
  }

  /** [n + 2, D]. */
  private Tensor rows(Tensor pixels) {
    EvaClipEncoder encoder = vision.encoder();
    Tensor x = ops.scratch(dtype, 1L + config.vision().patches(), config.vision().hiddenSize());
    encoder.embed(ops, encoder.patches(ops, pixels), x, Trace.NONE);
    for (int i = 0; i < encoder.layers().size(); i++) {
      encoder.layer(ops, i, x, Trace.NONE);
    }
    Tensor rows = ops.scratch(dtype, config.imageTokens(), config.hiddenSize());
    vision.adapt(ops, x, rows, Trace.NONE);
    return rows;
  }

  /** [U, Du]. */
  private Tensor cross(Tensor pixels, Eva02Encoder encoder) {
    long tokens = 1L + encoder.config().patches();
    Tensor x = ops.scratch(dtype, tokens, encoder.config().hiddenSize());
    encoder.embed(ops, vision.crossPatches(ops, pixels, encoder), x, Trace.NONE);
    for (int i = 0; i < encoder.blocks().size(); i++) {
      encoder.block(ops, i, x, Trace.NONE);
    }
    encoder.addPositions(ops, x, Trace.NONE);
    return encoder.features(x);
  }

  /** [2H, U, K] of one decoder layer. */
  private Tensor keysValues(Checkpoint weights, int layer, Tensor features) {
    CogVlmConfig.Cross cross = java.util.Objects.requireNonNull(config.cross());
    CrossAttention attention = CrossAttention.load(ops, weights, config, cross, layer, dtype);
    DeviceMemory.Allocation keysValues = attention.keysValues(ops, features);
    return keysValues.tensor(); // freed with the device
  }
}
