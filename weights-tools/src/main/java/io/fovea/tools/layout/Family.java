package io.fovea.tools.layout;

import io.fovea.model.cogvlm.CogVlmFamily;

/** The published architectures; which one a model has is told by {@link CogVlmFamily}. */
public enum Family {
  /** CogVLM v1. */
  COGVLM("CogVLM v1", "CogVLMForCausalLM"),
  /** CogVLM2-Llama3; its class has the same name as v1's. */
  COGVLM2("CogVLM2-Llama3", "CogVLMForCausalLM"),
  /** CogVLM2-Video: CogVLM2 without vision experts. */
  COGVLM2_VIDEO("CogVLM2-Video", "CogVLMVideoForCausalLM"),
  /** CogAgent: CogVLM v1 with a second, high-resolution encoder. */
  COGAGENT("CogAgent", "CogAgentForCausalLM");

  private final String title;
  private final String architecture;

  Family(String title, String architecture) {
    this.title = title;
    this.architecture = architecture;
  }

  /** Its name for people. */
  public String title() {
    return title;
  }

  /** What {@code architectures} of its config.json holds. */
  public String architecture() {
    return architecture;
  }

  static Family of(CogVlmFamily family) {
    return switch (family) {
      case COGVLM -> COGVLM;
      case COGVLM2 -> COGVLM2;
      case COGVLM2_VIDEO -> COGVLM2_VIDEO;
      case COGAGENT -> COGAGENT;
    };
  }

  /** Whether it is one of the two that grew out of Llama 3. */
  public boolean secondGeneration() {
    return this == COGVLM2 || this == COGVLM2_VIDEO;
  }

  /** Whether image tokens have projections of their own. */
  public boolean hasVisionExperts() {
    return this != COGVLM2_VIDEO;
  }

  /** The dtype of {@link Kind#BUFFER} tensors in the published files. */
  public String bufferDtype() {
    return this == COGAGENT ? "F32" : "BF16";
  }
}
