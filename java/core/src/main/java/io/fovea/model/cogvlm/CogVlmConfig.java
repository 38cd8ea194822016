package io.fovea.model.cogvlm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.model.evaclip.EvaClipConfig;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Sizes and token ids of a CogVLM v1 model, read from {@code config.json} under its own keys.
 * Values outside sensible limits are refused before anything is allocated.
 */
public record CogVlmConfig(
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int vocabSize,
    int maxPositionEmbeddings,
    float rmsNormEps,
    int bosTokenId,
    int eosTokenId,
    int padTokenId,
    String templateVersion,
    EvaClipConfig vision) {

  private static final String FILE = "config.json";
  private static final String REMEDY = "use the config.json published with the weights";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Size of an attention head. */
  public int headSize() {
    return hiddenSize / numAttentionHeads;
  }

  /** Rows an image takes in the language model: begin marker, patches, end marker. */
  public int imageTokens() {
    return vision.patches() + 2;
  }

  /**
   * Reads {@code config.json} of a model directory.
   *
   * @throws ModelLoadException where a key is missing or makes no sense
   * @throws UnsupportedModelException where it describes another model than CogVLM v1
   */
  public static CogVlmConfig read(Path directory) {
    Path file = directory.resolve(FILE);
    try {
      JsonNode root = JSON.readTree(file.toFile());
      if (!root.isObject()) {
        throw new ModelLoadException(file, "file", "is not a JSON object", REMEDY);
      }
      return new Reader(file, "", root).model();
    } catch (IOException e) {
      throw new ModelLoadException(file, "file", "cannot be read: " + e.getMessage(), REMEDY, e);
    }
  }

  /** One JSON object of the file; {@code prefix} names it in messages. */
  private record Reader(Path file, String prefix, JsonNode node) {
    private static final int MAX_SIZE = 1 << 20;

    CogVlmConfig model() {
      refuseOtherFamilies();
      CogVlmConfig config =
          new CogVlmConfig(
              size("hidden_size"),
              size("intermediate_size"),
              size("num_hidden_layers"),
              size("num_attention_heads"),
              size("vocab_size"),
              size("max_position_embeddings"),
              positive("rms_norm_eps"),
              id("bos_token_id"),
              id("eos_token_id"),
              id("pad_token_id"),
              node.path("template_version").asText("chat"),
              new Reader(file, "vision_config.", node.path("vision_config")).vision());
      require(
          config.hiddenSize % (2 * config.numAttentionHeads) == 0,
          "hidden_size",
          config.hiddenSize + " does not split into " + config.numAttentionHeads + " even heads");
      String act = node.path("hidden_act").asText("silu");
      require(act.equals("silu"), "hidden_act", "is '" + act + "', CogVLM uses 'silu'");
      return config;
    }

    private void refuseOtherFamilies() {
      String family = node.path("architectures").path(0).asText("");
      if (!family.equals("CogVLMForCausalLM")) {
        throw new UnsupportedModelException(
            file + " describes '" + family + "'", "CogVLM v1 (CogVLMForCausalLM) is supported");
      }
      if (node.path("vocab_size").asInt() == 128256 || node.has("num_multi_query_heads")) {
        throw new UnsupportedModelException(
            file + " describes CogVLM2", "CogVLM v1 is supported in this version");
      }
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

    private int size(String key) {
      int value = integer(key);
      require(value >= 1 && value <= MAX_SIZE, key, value + " is outside 1.." + MAX_SIZE);
      return value;
    }

    private int id(String key) {
      int value = integer(key);
      int vocabulary = node.path("vocab_size").asInt();
      require(
          value >= 0 && value < vocabulary, key, value + " is outside the " + vocabulary + " ids");
      return value;
    }

    private int integer(String key) {
      JsonNode value = node.path(key);
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
}
