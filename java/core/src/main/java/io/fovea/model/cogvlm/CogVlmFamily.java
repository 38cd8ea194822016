package io.fovea.model.cogvlm;

/**
 * The published architectures that share this package's decoder. CogVLM v1 and CogVLM2 have one
 * class name in {@code config.json}; sizes and keys tell them apart.
 */
public enum CogVlmFamily {
  /** CogVLM v1 (arXiv:2311.03079): Vicuna's shape and tokenizer. */
  COGVLM("CogVLM v1"),
  /** CogVLM2 (arXiv:2408.16500): Llama 3's shape and tokenizer, pictures downsampled 2 x 2. */
  COGVLM2("CogVLM2"),
  /** CogAgent (arXiv:2312.08914): v1 with cross-attention to a second, high-resolution encoder. */
  COGAGENT("CogAgent");

  private final String displayName;

  CogVlmFamily(String displayName) {
    this.displayName = displayName;
  }

  /** The name for people. */
  public String displayName() {
    return displayName;
  }
}
