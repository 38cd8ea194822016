package io.fovea.grounding;

import org.jspecify.annotations.Nullable;

/**
 * A generated box.
 *
 * @param shape as the model gave it
 * @param confidence geometric mean of the probabilities of its numbers, 0..1 ({@link
 *     BoxConfidence})
 * @param spread of its edges; null where no more than the probabilities of what was chosen is known
 */
public record ScoredBox(Geometry.Rectangle shape, double confidence, @Nullable EdgeSpread spread) {
  /** A box in thousandths, without spread. */
  public ScoredBox(Box box, double confidence) {
    this(Geometry.Rectangle.of(box), confidence, null);
  }

  /** In thousandths. */
  public Box box() {
    return shape.toBox();
  }
}
