package io.fovea.tools.layout;

/** A part of the model, as parameters are counted and formats are chosen. */
public enum Part {
  /** EVA2-CLIP transformer with its patch, class and position embeddings. */
  ENCODER("encoder", "vision encoder"),
  /** The 2×2 convolution after CogVLM2's encoder. */
  DOWNSAMPLE("downsample", "2x2 convolution"),
  /** The GLU between encoder and language model. */
  ADAPTER("adapter", "adapter"),
  /** The learned rows around an image: boi and eoi. */
  MARKERS("markers", "image markers"),
  /** Token embedding. */
  EMBEDDING("embedding", "token embedding"),
  /** Projections that text tokens take. */
  LANGUAGE("language", "language experts"),
  /** Projections that image tokens take. */
  VISION("vision", "vision experts"),
  /** RMSNorms of the language model, but for those before cross-attention. */
  NORMS("norms", "norms"),
  /** Stored rotary frequencies and tables. */
  ROTARY("rotary", "rotary tables"),
  /** CogAgent's attention to the high-resolution picture, with its norms. */
  CROSS_ATTENTION("cross-attention", "cross-attention"),
  /** CogAgent's EVA-02 encoder of the high-resolution picture. */
  CROSS_ENCODER("cross-encoder", "cross encoder"),
  /** The projection to logits. */
  LM_HEAD("lm-head", "lm head");

  private final String id;
  private final String title;

  Part(String id, String title) {
    this.id = id;
    this.title = title;
  }

  /** Its name in JSON and options. */
  public String id() {
    return id;
  }

  /** Its name in tables for people. */
  public String title() {
    return title;
  }
}
