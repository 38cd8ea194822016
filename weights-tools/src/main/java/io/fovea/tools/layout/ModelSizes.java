package io.fovea.tools.layout;

import io.fovea.model.cogvlm.CogVlmConfig;
import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.model.eva02.Eva02Config;
import io.fovea.model.evaclip.EvaClipConfig;
import io.fovea.weights.StoredShapes;
import org.jspecify.annotations.Nullable;

/**
 * Sizes that decide the shapes of all tensors; elements, images and patches in pixels.
 *
 * @param cross of CogAgent's high-resolution encoder; null in other families
 */
public record ModelSizes(
    CogVlmVariant family,
    long hidden,
    long intermediate,
    long layers,
    long heads,
    long keyValueHeads,
    long vocabulary,
    Encoder vision,
    @Nullable Cross cross) {

  /**
   * The EVA2-CLIP encoder.
   *
   * @param image side of the square picture
   * @param patch side of a patch
   */
  public record Encoder(
      long hidden,
      long intermediate,
      long layers,
      long heads,
      long image,
      long patch,
      long channels) {
    /** Patches of a picture. */
    public long patches() {
      return (image / patch) * (image / patch);
    }
  }

  /**
   * CogAgent's EVA-02 encoder and the attention to it.
   *
   * @param hidden width of the encoder
   * @param compute width of the language model's cross-attention
   * @param image side of the square picture
   * @param patch side of a patch
   * @param blocks transformer blocks, the last of them never executed
   * @param intermediate width of a block's MLP
   * @param headSize of the encoder's attention, columns of its rotary tables
   * @param classes rows of the unused classification head
   */
  public record Cross(
      long hidden,
      long compute,
      long image,
      long patch,
      long blocks,
      long intermediate,
      long headSize,
      long classes) {
    /** Patches of a picture. */
    public long patches() {
      return (image / patch) * (image / patch);
    }
  }

  /** The dtype of {@link Kind#BUFFER} tensors in the published files. */
  public String bufferDtype() {
    return family == CogVlmVariant.COGAGENT ? "F32" : "BF16";
  }

  /** Size of an attention head of the language model. */
  public long headSize() {
    return hidden / heads;
  }

  /** Rows of a fused projection to queries, keys and values. */
  public long queryKeyValue() {
    return hidden + 2 * keyValueHeads * headSize();
  }

  /** Layers of the published model's high-resolution encoder. */
  private static final long CROSS_BLOCKS = 24;

  private static final long CROSS_CLASSES = 768;
  private static final String TOWER = "model.cross_vision.vit.model.";

  /** The sizes of a model as the engine reads them, and those of tensors that it does not use. */
  static ModelSizes of(CogVlmConfig config, StoredShapes stored) {
    EvaClipConfig vision = config.vision();
    return new ModelSizes(
        config.variant(),
        config.hiddenSize(),
        config.intermediateSize(),
        config.numHiddenLayers(),
        config.numAttentionHeads(),
        config.numKeyValueHeads(),
        config.vocabSize(),
        new Encoder(
            vision.hiddenSize(),
            vision.intermediateSize(),
            vision.numHiddenLayers(),
            vision.numHeads(),
            vision.imageSize(),
            vision.patchSize(),
            3),
        config.cross() == null ? null : cross(config.cross(), stored));
  }

  private static Cross cross(CogVlmConfig.Cross config, StoredShapes stored) {
    Eva02Config vision = config.vision();
    return new Cross(
        vision.hiddenSize(),
        config.computeHiddenSize(),
        vision.imageSize(),
        vision.patchSize(),
        stored.blocks(TOWER + "blocks.", CROSS_BLOCKS),
        vision.intermediateSize(),
        vision.headSize(),
        stored.size(TOWER + "head.weight", 0, CROSS_CLASSES));
  }
}
