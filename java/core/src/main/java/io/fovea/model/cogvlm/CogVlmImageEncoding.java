package io.fovea.model.cogvlm;

import io.fovea.model.CrossContext;
import io.fovea.model.ImageFeatures;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.Trace;
import io.fovea.model.eva02.Eva02Encoder;
import io.fovea.model.evaclip.EvaClipEncoder;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * CogVLM's encoder and adapter; then CogAgent's second encoder. A tower is freed once it is
 * through.
 */
final class CogVlmImageEncoding extends SlicedEncoding<CogVlmImageEncoding.Kept, ImageFeatures> {
  /** What outlives a slice. */
  enum Kept {
    TOKENS, // [1 + N, Dv], residual stream of the encoder
    CROSS_PATCHES, // [U, 3*P*P], of CogAgent's second encoder, whose turn comes later
    CROSS_TOKENS, // [1 + U, Du], its residual stream
    ROWS // [n + 2, D], the result
  }

  private final Ops ops;
  private final CogVlmConfig config;
  private final CogVlmVision vision;
  private final Trace trace;
  private final List<DeviceMemory.Allocation> crossKeysValues = new ArrayList<>();

  CogVlmImageEncoding(
      Ops ops,
      CogVlmConfig config,
      CogVlmVision vision,
      List<CogVlmDecoderLayer> layers,
      Pixels pixels,
      Trace trace) {
    super(ops, vision.encoder().dtype(), Kept.class);
    this.ops = ops;
    this.config = config;
    this.vision = vision;
    this.trace = trace;
    planEncoder(pixels, vision.encoder());
    if (vision.crossEncoder() != null) {
      planCrossEncoder(vision.crossEncoder(), layers);
    }
  }

  /** Embedding, layers, adapter. */
  private void planEncoder(Pixels pixels, EvaClipEncoder encoder) {
    add(() -> embed(pixels, encoder));
    for (int i = 0; i < encoder.layers().size(); i++) {
      int index = i;
      add(() -> encoder.layer(ops, index, tensor(Kept.TOKENS), trace));
    }
    add(this::adapt);
  }

  /**
   * CogAgent's second encoder: embedding, blocks, positions; then what each decoder layer keeps.
   */
  private void planCrossEncoder(Eva02Encoder encoder, List<CogVlmDecoderLayer> layers) {
    add(() -> embedCross(encoder));
    for (int i = 0; i < encoder.blocks().size(); i++) {
      int index = i;
      add(() -> encoder.block(ops, index, tensor(Kept.CROSS_TOKENS), trace));
    }
    add(() -> encoder.addPositions(ops, tensor(Kept.CROSS_TOKENS), trace));
    for (CogVlmDecoderLayer layer : layers) {
      add(() -> keepKeysValues(encoder, layer));
    }
  }

  /** Both encoders' patches, so that the pixels are needed no more; tokens of the first. */
  private void embed(Pixels pixels, EvaClipEncoder encoder) {
    Tensor rgb = ops.pixels(pixels.rgb(), pixels.width(), pixels.height());
    Tensor x = keep(Kept.TOKENS, 1L + config.vision().patches(), config.vision().hiddenSize());
    encoder.embed(ops, encoder.patches(ops, rgb), x, trace);
    if (vision.crossEncoder() != null) {
      Tensor patches = vision.crossPatches(ops, rgb, vision.crossEncoder());
      ops.convertInto(patches, keep(Kept.CROSS_PATCHES, patches.shape()));
    }
  }

  private void adapt() {
    Tensor rows = keep(Kept.ROWS, config.imageTokens(), config.hiddenSize());
    vision.adapt(ops, tensor(Kept.TOKENS), rows, trace);
    free(Kept.TOKENS);
  }

  private void embedCross(Eva02Encoder encoder) {
    long tokens = 1L + encoder.config().patches();
    Tensor x = keep(Kept.CROSS_TOKENS, tokens, encoder.config().hiddenSize());
    encoder.embed(ops, tensor(Kept.CROSS_PATCHES), x, trace);
    free(Kept.CROSS_PATCHES);
  }

  private void keepKeysValues(Eva02Encoder encoder, CogVlmDecoderLayer layer) {
    Tensor features = encoder.features(tensor(Kept.CROSS_TOKENS)); // [U, Du]
    crossKeysValues.add(layer.crossKeysValues(ops, features));
    if (isLast()) {
      free(Kept.CROSS_TOKENS);
    }
  }

  @Override
  protected List<DeviceMemory.Allocation> others() {
    List<DeviceMemory.Allocation> others = List.copyOf(crossKeysValues);
    crossKeysValues.clear();
    return others;
  }

  @Override
  protected ImageFeatures made() {
    List<DeviceMemory.Allocation> keysValues = others();
    return new ImageFeatures(
        take(Kept.ROWS), vision.crossEncoder() == null ? null : new CrossContext(keysValues));
  }
}
