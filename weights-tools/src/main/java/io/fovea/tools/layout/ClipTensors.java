package io.fovea.tools.layout;

import io.fovea.model.clip.ClipConfig;

/** CLIP's vision transformer as {@code clip-vit-large-patch14} stores it. */
final class ClipTensors {
  private ClipTensors() {}

  /**
   * Adds all but the norm at its end, which only some models look at.
   *
   * @param blocks that are run; those behind are not computed with
   */
  static void add(TensorList vision, ClipConfig clip, int blocks) {
    long width = clip.hiddenSize();
    long side = clip.patchSize();
    TensorList embeddings = vision.under("embeddings.");
    embeddings.add("class_embedding", Part.ENCODER, Kind.TABLE, width);
    embeddings.add("patch_embedding.weight", Part.ENCODER, Kind.CONV, width, 3, side, side);
    embeddings.add(
        "position_embedding.weight", Part.ENCODER, Kind.TABLE, clip.patches() + 1L, width);
    vision.layerNorm("pre_layrnorm", Part.ENCODER, width);
    for (int i = 0; i < clip.numHiddenLayers(); i++) {
      TensorList layer = (i < blocks ? vision : vision.unused()).under("encoder.layers." + i + ".");
      layer.layerNorm("layer_norm1", Part.ENCODER, width);
      attention(layer.under("self_attn."), Part.ENCODER, width);
      layer.layerNorm("layer_norm2", Part.ENCODER, width);
      layer.linearWithBias("mlp.fc1", Part.ENCODER, clip.intermediateSize(), width);
      layer.linearWithBias("mlp.fc2", Part.ENCODER, width, clip.intermediateSize());
    }
  }

  /** Four projections of one width. */
  static void attention(TensorList list, Part part, long width) {
    for (String name : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      list.linearWithBias(name, part, width, width);
    }
  }
}
