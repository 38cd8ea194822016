package io.fovea.model.cogvlm;

import io.fovea.ModelLoadException;
import io.fovea.UnsupportedModelException;
import io.fovea.weights.StoredShapes;

/**
 * The published architectures that share this package's decoder. CogVLM v1 and CogVLM2 have one
 * class name in {@code config.json}; their tensors tell them apart.
 */
public enum CogVlmFamily {
  /** CogVLM v1 (arXiv:2311.03079): Vicuna's shape and tokenizer. */
  COGVLM("CogVLM v1"),
  /** CogVLM2 (arXiv:2408.16500): Llama 3's shape and tokenizer, pictures downsampled 2 x 2. */
  COGVLM2("CogVLM2"),
  /** CogVLM2-Video: CogVLM2 without vision experts. Its weights can be converted, not run. */
  COGVLM2_VIDEO("CogVLM2-Video"),
  /** CogAgent (arXiv:2312.08914): v1 with cross-attention to a second, high-resolution encoder. */
  COGAGENT("CogAgent");

  /** The fused projection to queries, keys and values that every family has. */
  static final String LANGUAGE_PROJECTION =
      "model.layers.0.self_attn.language_expert_query_key_value";

  private static final String VISION_BIAS =
      "model.layers.0.self_attn.vision_expert_query_key_value.bias";

  /** Llama 3's vocabulary, which the published CogVLM2 has and v1 has not. */
  private static final int LLAMA3_VOCABULARY = 128256;

  private final String displayName;

  CogVlmFamily(String displayName) {
    this.displayName = displayName;
  }

  /** The name for people. */
  public String displayName() {
    return displayName;
  }

  /** Whether it is one of the two that grew out of Llama 3. */
  public boolean secondGeneration() {
    return this == COGVLM2 || this == COGVLM2_VIDEO;
  }

  /** Whether image tokens have projections of their own. */
  public boolean hasVisionExperts() {
    return this != COGVLM2_VIDEO;
  }

  /**
   * The family of a model.
   *
   * @throws UnsupportedModelException where it is none of these
   */
  static CogVlmFamily of(ConfigObject config, StoredShapes stored) {
    String architecture = architecture(config);
    return switch (architecture) {
      case "CogVLMForCausalLM" -> isSecond(config, stored) ? COGVLM2 : COGVLM;
      case "CogVLMVideoForCausalLM" -> COGVLM2_VIDEO;
      case "CogAgentForCausalLM" -> COGAGENT;
      default ->
          throw new UnsupportedModelException(
              config.file() + " describes '" + architecture + "'",
              "CogVLM v1 and CogVLM2 (CogVLMForCausalLM), CogVLM2-Video (CogVLMVideoForCausalLM, to"
                  + " convert only) and CogAgent (CogAgentForCausalLM) are supported");
    };
  }

  /** The class of the model; programs that write no {@code architectures} leave an auto_map. */
  private static String architecture(ConfigObject config) {
    String named = config.node().path("architectures").path(0).asText("");
    if (!named.isEmpty()) {
      return named;
    }
    String mapped = config.within("auto_map").text("AutoModelForCausalLM", "");
    if (mapped.isEmpty()) {
      throw new ModelLoadException(
          config.file(),
          "architectures",
          "names no class, and there is no auto_map with AutoModelForCausalLM",
          "name the model's: \"architectures\": [\"CogVLMForCausalLM\"] for CogVLM v1 and CogVLM2,"
              + " [\"CogAgentForCausalLM\"] for CogAgent");
    }
    return mapped.substring(mapped.lastIndexOf('.') + 1);
  }

  /** By its tensors; where there are none yet, by what the published config.json holds. */
  private static boolean isSecond(ConfigObject config, StoredShapes stored) {
    if (!stored.isEmpty()) {
      return stored.has("model.vision.conv.weight") || stored.has(VISION_BIAS);
    }
    return config.has("num_multi_query_heads")
        || config.node().path("vocab_size").asInt() == LLAMA3_VOCABULARY;
  }
}
