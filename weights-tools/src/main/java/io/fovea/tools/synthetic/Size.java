package io.fovea.tools.synthetic;

import java.util.Locale;

/** A size of a random model that can be chosen; pictures and patches in pixels. */
public enum Size {
  /** Width of the language model. */
  HIDDEN,
  /** Width of its MLPs. */
  INTERMEDIATE,
  /** Its layers. */
  LAYERS,
  /** Its attention heads. */
  HEADS,
  /** Its key heads. */
  KEY_HEADS,
  /** Tokens in the vocabulary: rows of the embedding. */
  VOCAB,
  /** Rows that a picture takes, of models that query their pictures. */
  QUERIES,
  /** Width of the encoder. */
  VISION_HIDDEN,
  /** Width of its MLPs. */
  VISION_INTERMEDIATE,
  /** Its layers. */
  VISION_LAYERS,
  /** Its attention heads. */
  VISION_HEADS,
  /** Side of its pictures. */
  IMAGE,
  /** Side of a patch. */
  PATCH,
  /** Width of CogAgent's high-resolution encoder. */
  CROSS_HIDDEN,
  /** Width of its MLPs. */
  CROSS_INTERMEDIATE,
  /** Its blocks, the last of which idles. */
  CROSS_BLOCKS,
  /** Its attention heads. */
  CROSS_HEADS,
  /** Side of its pictures. */
  CROSS_IMAGE,
  /** Side of its patches. */
  CROSS_PATCH,
  /** Width of the attention to it. */
  CROSS_COMPUTE;

  /** Its name as an option: {@code --vision-hidden}. */
  public String option() {
    return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
