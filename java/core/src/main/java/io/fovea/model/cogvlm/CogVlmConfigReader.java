package io.fovea.model.cogvlm;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.model.eva02.Eva02Config;
import io.fovea.model.evaclip.EvaClipConfig;
import io.fovea.weights.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One JSON object of {@code config.json}; {@code prefix} names it in messages. */
record CogVlmConfigReader(Path file, String prefix, JsonNode node) {
  private static final String REMEDY = "use the config.json published with the weights";
  private static final long MAX_FILE_BYTES = 1 << 20;
  private static final int MAX_SIZE = 1 << 20;

  /** Llama 3's vocabulary, which the published CogVLM2 has and v1 has not. */
  private static final int LLAMA3_VOCABULARY = 128256;

  private static final String KEY_HEADS = "num_multi_query_heads";

  /** CogVLM2's default where its file names none. */
  private static final int COGVLM2_KEY_HEADS = 8;

  static CogVlmConfig read(Path file) {
    return new CogVlmConfigReader(file, "", JsonFile.read(file, MAX_FILE_BYTES, REMEDY)).model();
  }

  private CogVlmConfig model() {
    CogVlmFamily family = family();
    int heads = size("num_attention_heads");
    EvaClipConfig vision =
        new CogVlmConfigReader(file, "vision_config.", node.path("vision_config")).vision();
    CogVlmConfig config =
        new CogVlmConfig(
            family,
            size("hidden_size"),
            size("intermediate_size"),
            size("num_hidden_layers"),
            heads,
            keyHeads(family, heads),
            size("vocab_size"),
            size("max_position_embeddings"),
            positive("rms_norm_eps"),
            family == CogVlmFamily.COGVLM2 ? 500_000 : 10_000,
            id("bos_token_id", node.path("bos_token_id")),
            endTokens(),
            id("pad_token_id", node.path("pad_token_id")),
            node.path("template_version").asText("chat"),
            vision,
            family == CogVlmFamily.COGAGENT ? cross(heads) : null);
    check(config);
    return config;
  }

  private void check(CogVlmConfig config) {
    int heads = config.numAttentionHeads();
    require(
        config.hiddenSize() % (2 * heads) == 0,
        "hidden_size",
        config.hiddenSize() + " does not split into " + heads + " even heads");
    require(
        heads % config.numKeyValueHeads() == 0,
        KEY_HEADS,
        config.numKeyValueHeads() + " does not divide " + heads + " attention heads");
    require(
        !config.downsamples() || config.vision().grid() % 2 == 0,
        "vision_config.image_size",
        "gives " + config.vision().grid() + " patches a side, which cannot be halved");
    String act = node.path("hidden_act").asText("silu");
    require(act.equals("silu"), "hidden_act", "is '" + act + "', CogVLM uses 'silu'");
  }

  private CogVlmFamily family() {
    String architecture = node.path("architectures").path(0).asText("");
    return switch (architecture) {
      case "CogVLMForCausalLM" ->
          node.path("vocab_size").asInt() == LLAMA3_VOCABULARY || node.has(KEY_HEADS)
              ? CogVlmFamily.COGVLM2
              : CogVlmFamily.COGVLM;
      case "CogAgentForCausalLM" -> CogVlmFamily.COGAGENT;
      default ->
          throw new UnsupportedModelException(
              file + " describes '" + architecture + "'",
              "CogVLM v1 and CogVLM2 (CogVLMForCausalLM) and CogAgent (CogAgentForCausalLM) are"
                  + " supported");
    };
  }

  private int keyHeads(CogVlmFamily family, int heads) {
    if (family != CogVlmFamily.COGVLM2) {
      return heads;
    }
    return node.has(KEY_HEADS) ? size(KEY_HEADS) : COGVLM2_KEY_HEADS;
  }

  private List<Integer> endTokens() {
    JsonNode eos = node.path("eos_token_id");
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : eos.isArray() ? eos : List.of(eos)) {
      ids.add(id("eos_token_id", id));
    }
    require(!ids.isEmpty(), "eos_token_id", "is an empty list");
    return ids;
  }

  private EvaClipConfig vision() {
    EvaClipConfig config =
        new EvaClipConfig(
            size("hidden_size"),
            size("intermediate_size"),
            size("num_heads"),
            size("num_hidden_layers"),
            size("image_size"),
            size("patch_size"),
            positive("layer_norm_eps"));
    require(
        config.hiddenSize() % config.numHeads() == 0,
        "hidden_size",
        config.hiddenSize() + " does not split into " + config.numHeads() + " heads");
    require(
        config.imageSize() <= 1 << 14 && config.imageSize() % config.patchSize() == 0,
        "image_size",
        config.imageSize() + " is not a multiple of patch_size " + config.patchSize());
    int positions = size("num_positions");
    require(
        positions == config.patches() + 1,
        "num_positions",
        positions + " is not the patches plus one, " + (config.patches() + 1));
    String act = node.path("hidden_act").asText("gelu");
    require(act.equals("gelu"), "hidden_act", "is '" + act + "', the encoder uses 'gelu'");
    return config;
  }

  private CogVlmConfig.Cross cross(int heads) {
    int width = size("cross_hidden_size");
    int encoderHeads =
        node.has("cross_num_heads") ? size("cross_num_heads") : Eva02Config.PUBLISHED_HEADS;
    require(
        width % (4 * encoderHeads) == 0,
        "cross_hidden_size",
        width + " does not split into " + encoderHeads + " heads of a multiple of 4");
    int compute = size("cross_compute_hidden_size");
    require(
        compute % heads == 0,
        "cross_compute_hidden_size",
        compute + " does not split into " + heads + " heads");
    int side = size("cross_image_size");
    require(side <= 1 << 14, "cross_image_size", side + " is outside 1.." + (1 << 14));
    return new CogVlmConfig.Cross(compute, new Eva02Config(width, encoderHeads, side));
  }

  private int size(String key) {
    int value = integer(key, node.path(key));
    require(value >= 1 && value <= MAX_SIZE, key, value + " is outside 1.." + MAX_SIZE);
    return value;
  }

  private int id(String key, JsonNode value) {
    int id = integer(key, value);
    int vocabulary = node.path("vocab_size").asInt();
    require(id >= 0 && id < vocabulary, key, id + " is outside the " + vocabulary + " ids");
    return id;
  }

  private int integer(String key, JsonNode value) {
    require(value.isInt(), key, value.isMissingNode() ? "is missing" : value + " is no integer");
    return value.intValue();
  }

  private float positive(String key) {
    JsonNode value = node.path(key);
    require(
        value.isNumber() && value.floatValue() > 0 && value.floatValue() < 1,
        key,
        value.isMissingNode() ? "is missing" : value + " is outside (0, 1)");
    return value.floatValue();
  }

  private void require(boolean condition, String key, String problem) {
    if (!condition) {
      throw new ModelLoadException(file, prefix + key, problem, REMEDY);
    }
  }
}
