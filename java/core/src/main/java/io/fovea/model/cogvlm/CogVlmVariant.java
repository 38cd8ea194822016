package io.fovea.model.cogvlm;

import io.fovea.model.ConfigObject;
import io.fovea.weights.StoredShapes;

/**
 * The published architectures that share this package's decoder. CogVLM v1 and CogVLM2 have one
 * class name in {@code config.json}; their tensors tell them apart.
 */
public enum CogVlmVariant {
  /** CogVLM v1 (arXiv:2311.03079): Vicuna's shape and tokenizer. */
  COGVLM("CogVLM v1", "CogVLMForCausalLM"),
  /** CogVLM2 (arXiv:2408.16500): Llama 3's shape and tokenizer, pictures downsampled 2 x 2. */
  COGVLM2("CogVLM2", "CogVLMForCausalLM"),
  /** CogVLM2-Video: CogVLM2 without vision experts. Its weights can be converted, not run. */
  COGVLM2_VIDEO("CogVLM2-Video", "CogVLMVideoForCausalLM"),
  /** CogAgent (arXiv:2312.08914): v1 with cross-attention to a second, high-resolution encoder. */
  COGAGENT("CogAgent", "CogAgentForCausalLM");

  /** The fused projection to queries, keys and values that every variant has. */
  static final String LANGUAGE_PROJECTION =
      "model.layers.0.self_attn.language_expert_query_key_value";

  private static final String VISION_BIAS =
      "model.layers.0.self_attn.vision_expert_query_key_value.bias";

  /** Llama 3's vocabulary, which the published CogVLM2 has and v1 has not. */
  private static final int LLAMA3_VOCABULARY = 128256;

  private final String displayName;
  private final String architecture;

  CogVlmVariant(String displayName, String architecture) {
    this.displayName = displayName;
    this.architecture = architecture;
  }

  /** The name for people. */
  public String displayName() {
    return displayName;
  }

  /** The class that {@code architectures} of its config.json names. */
  public String architecture() {
    return architecture;
  }

  /** Whether it is one of the two that grew out of Llama 3. */
  public boolean secondGeneration() {
    return this == COGVLM2 || this == COGVLM2_VIDEO;
  }

  /** Whether image tokens have projections of their own. */
  public boolean hasVisionExperts() {
    return this != COGVLM2_VIDEO;
  }

  /** Whether a config.json that names {@link #architecture} is this variant's. */
  public boolean describes(ConfigObject config, StoredShapes stored) {
    return switch (this) {
      case COGVLM -> !isSecond(config, stored);
      case COGVLM2 -> isSecond(config, stored);
      case COGVLM2_VIDEO, COGAGENT -> true;
    };
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
