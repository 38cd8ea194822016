package io.fovea.tools.pickle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ModelLoadException;
import io.fovea.weights.JsonFile;
import java.nio.file.Path;
import java.util.Set;

/**
 * Makes {@code config.json} of SwissArmyTransformer's {@code model_config.json}. What that leaves
 * to the training code's defaults is filled in from them.
 */
final class SatConfig {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_BYTES = 1 << 20;
  private static final double RMS_EPS = 1e-5;
  private static final double VISION_EPS = 1e-6;

  private final Path file;
  private final JsonNode root;
  private final boolean isAgent;
  private final boolean isSecond;

  /**
   * Reads a file.
   *
   * @param tensors published names of the checkpoint's tensors, which tell the family
   */
  SatConfig(Path file, Set<String> tensors) {
    this.file = file;
    root = JsonFile.read(file, MAX_BYTES, "put the model's own there");
    isAgent = tensors.stream().anyMatch(name -> name.startsWith("model.cross_vision."));
    isSecond = tensors.contains("model.vision.conv.weight");
  }

  /** The language model's layers. */
  int layers() {
    return size(root, "num_layers");
  }

  /** The text of {@code config.json}. */
  String compose() {
    if (root.path("model_parallel_size").asInt(1) != 1) {
      throw new ModelLoadException(
          file,
          "model_parallel_size",
          "is " + root.path("model_parallel_size"),
          "merge the parts into one with SwissArmyTransformer first");
    }
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add(isAgent ? "CogAgentForCausalLM" : "CogVLMForCausalLM");
    config.put("hidden_size", size(root, "hidden_size"));
    config.put("intermediate_size", size(root, "inner_hidden_size"));
    config.put("num_hidden_layers", layers());
    config.put("num_attention_heads", size(root, "num_attention_heads"));
    if (isSecond) {
      config.put("num_multi_query_heads", size(root, "num_multi_query_heads"));
    }
    config.put("hidden_act", "silu");
    config.put("max_position_embeddings", size(root, "max_sequence_length"));
    config.put("rms_norm_eps", root.path("layernorm_epsilon").asDouble(RMS_EPS));
    config.put("vocab_size", size(root, "vocab_size"));
    config.put("bos_token_id", root.path("bos_token_id").asInt(isSecond ? 128000 : 1));
    putEndTokens(config);
    config.put("pad_token_id", root.path("pad_token_id").asInt(isSecond ? 128002 : 0));
    config.put("tie_word_embeddings", false);
    config.put("template_version", template(root.path("text_processor_version").asText("chat")));
    if (isAgent) {
      config.put("cross_hidden_size", size(root, "cross_attn_hidden_size"));
      config.put(
          "cross_compute_hidden_size",
          size(root, "cross_hidden_size_per_attention_head") * size(root, "num_attention_heads"));
      config.put("cross_image_size", size(root, "cross_image_pix"));
    }
    putVision(config.putObject("vision_config"), root.path("eva_args"));
    return config.toPrettyString() + "\n";
  }

  private void putEndTokens(ObjectNode config) {
    if (isSecond && !root.has("eos_token_id")) {
      config.putArray("eos_token_id").add(128001).add(128009);
    } else {
      config.put("eos_token_id", root.path("eos_token_id").asInt(2));
    }
  }

  /** The form that Hugging Face calls chat is chat_old here; CogAgent's own is chat in both. */
  private String template(String version) {
    return version.equals("chat_old") && !isAgent ? "chat" : version;
  }

  private void putVision(ObjectNode vision, JsonNode tower) {
    int image = positive(tower.path("image_size").path(0), "eva_args.image_size");
    int patch = size(tower, "patch_size");
    vision.put("dropout_prob", 0.0);
    vision.put("hidden_act", "gelu");
    vision.put("hidden_size", size(tower, "hidden_size"));
    vision.put("image_size", image);
    vision.put("in_channels", tower.path("in_channels").asInt(3));
    vision.put("intermediate_size", size(tower, "inner_hidden_size"));
    vision.put("layer_norm_eps", tower.path("layernorm_epsilon").asDouble(VISION_EPS));
    vision.put("num_heads", size(tower, "num_attention_heads"));
    vision.put("num_hidden_layers", size(tower, "num_layers"));
    vision.put("num_positions", (image / patch) * (image / patch) + 1);
    vision.put("patch_size", patch);
  }

  private int size(JsonNode node, String key) {
    return positive(node.path(key), key);
  }

  private int positive(JsonNode value, String key) {
    if (!value.isInt() || value.intValue() < 1 || value.intValue() > 1 << 20) {
      throw new ModelLoadException(
          file,
          key,
          value.isMissingNode() ? "is missing" : "is " + value,
          "use the model_config.json that belongs to the checkpoint");
    }
    return value.intValue();
  }
}
