package io.fovea.tools.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.tools.layout.ModelSizes;
import org.jspecify.annotations.Nullable;

/** The config.json that a published CogVLM or CogAgent of given sizes would have. */
final class CogVlmConfigFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long USUAL_CROSS_HEADS = 16;

  private CogVlmConfigFile() {}

  static String of(ModelSizes sizes, SpecialIds ids) {
    ObjectNode root = JSON.createObjectNode();
    root.putArray("architectures").add(sizes.family().architecture());
    root.put("hidden_size", sizes.hidden()).put("intermediate_size", sizes.intermediate());
    root.put("num_hidden_layers", sizes.layers()).put("num_attention_heads", sizes.heads());
    boolean second = sizes.family().secondGeneration();
    if (second) {
      root.put("num_multi_query_heads", sizes.keyValueHeads());
    }
    root.put("vocab_size", sizes.vocabulary());
    root.put("bos_token_id", ids.bos()).put("pad_token_id", ids.pad());
    if (ids.eos().size() == 1) {
      root.put("eos_token_id", ids.eos().get(0));
    } else {
      ids.eos().forEach(root.withArray("eos_token_id")::add);
    }
    root.put("max_position_embeddings", second ? 8192 : 2048);
    root.put("rms_norm_eps", 1e-5).put("hidden_act", "silu").put("template_version", "chat");
    root.put("tie_word_embeddings", false).put("use_cache", true).put("torch_dtype", "bfloat16");
    addCross(root, sizes.cross());
    root.set("vision_config", vision(sizes.vision()));
    return root.toPrettyString() + "\n";
  }

  private static void addCross(ObjectNode root, ModelSizes.@Nullable Cross cross) {
    if (cross != null) {
      root.put("cross_hidden_size", cross.hidden());
      root.put("cross_compute_hidden_size", cross.compute());
      root.put("cross_image_size", cross.image());
      long heads = cross.hidden() / cross.headSize();
      if (heads != USUAL_CROSS_HEADS) {
        root.put("cross_num_heads", heads);
      }
    }
  }

  private static ObjectNode vision(ModelSizes.Encoder encoder) {
    ObjectNode node = JSON.createObjectNode();
    node.put("hidden_size", encoder.hidden()).put("intermediate_size", encoder.intermediate());
    node.put("num_hidden_layers", encoder.layers()).put("num_heads", encoder.heads());
    node.put("image_size", encoder.image()).put("patch_size", encoder.patch());
    node.put("num_positions", encoder.patches() + 1).put("in_channels", encoder.channels());
    node.put("hidden_act", "gelu").put("layer_norm_eps", 1e-6).put("dropout_prob", 0.0);
    return node;
  }
}
