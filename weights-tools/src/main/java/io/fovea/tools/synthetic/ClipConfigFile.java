package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The sizes of a CLIP encoder in a config.json. */
final class ClipConfigFile {
  private ClipConfigFile() {}

  static void add(ObjectNode node, SizeTable sizes, double epsilon) {
    node.put("hidden_size", sizes.get(Size.VISION_HIDDEN));
    node.put("intermediate_size", sizes.get(Size.VISION_INTERMEDIATE));
    node.put("num_hidden_layers", sizes.get(Size.VISION_LAYERS));
    node.put("num_attention_heads", sizes.get(Size.VISION_HEADS));
    node.put("image_size", sizes.get(Size.IMAGE)).put("patch_size", sizes.get(Size.PATCH));
    node.put("num_channels", 3).put("hidden_act", "quick_gelu").put("layer_norm_eps", epsilon);
  }
}
