package io.fovea.grounding;

import java.util.List;

/** How a family of models writes boxes in text. Implementations are immutable. */
public interface GroundingDialect {
  /**
   * The boxes and points in a model's answer. Tolerant: what is not a box is text, and no text is
   * an error.
   */
  GroundedText parse(String text);

  /**
   * The boxes as a prompt must spell them.
   *
   * @param boxes at least one
   */
  String format(List<Box> boxes);
}
