package io.fovea.model.clip;

import io.fovea.ModelLoadException;
import io.fovea.model.ConfigObject;

/**
 * Sizes of a CLIP vision encoder.
 *
 * @param numHiddenLayers blocks to run
 * @param imageSize side of the square that pictures are stretched to, pixels
 * @param patchSize side of a patch, pixels
 */
public record ClipConfig(
    int hiddenSize,
    int intermediateSize,
    int numAttentionHeads,
    int numHiddenLayers,
    int imageSize,
    int patchSize,
    float layerNormEps) {

  /**
   * Reads a {@code vision_config}; keys that it does not repeat have the values of ViT-L/14.
   *
   * @throws ModelLoadException where a key makes no sense
   */
  public static ClipConfig read(ConfigObject node) {
    String act = node.text("hidden_act", "quick_gelu");
    node.require(act.equals("quick_gelu"), "hidden_act", "is '" + act + "', CLIP uses quick_gelu");
    int channels = node.size("num_channels", 3);
    node.require(channels == 3, "num_channels", channels + " are not red, green and blue");
    ClipConfig config =
        new ClipConfig(
            node.size("hidden_size", 1024),
            node.size("intermediate_size", 4096),
            node.size("num_attention_heads", 16),
            node.size("num_hidden_layers", 24),
            node.size("image_size", 224),
            node.size("patch_size", 14),
            node.has("layer_norm_eps") ? node.fraction("layer_norm_eps") : 1e-5f);
    node.require(
        config.hiddenSize() % config.numAttentionHeads() == 0,
        "hidden_size",
        config.hiddenSize() + " does not split into " + config.numAttentionHeads() + " heads");
    node.requireGrid("image_size", config.imageSize(), config.patchSize());
    return config;
  }

  /** The same without the blocks behind the first {@code blocks}. */
  public ClipConfig first(int blocks) {
    return new ClipConfig(
        hiddenSize,
        intermediateSize,
        numAttentionHeads,
        blocks,
        imageSize,
        patchSize,
        layerNormEps);
  }

  /** Patches on a side. */
  public int grid() {
    return imageSize / patchSize;
  }

  /** Patches of a picture. */
  public int patches() {
    return grid() * grid();
  }

  /** Size of an attention head. */
  public int headSize() {
    return hiddenSize / numAttentionHeads;
  }
}
