package io.fovea.grounding;

import io.fovea.InvalidRequestException;

/**
 * A rectangle in pixels of one picture, origin top left. Edges are real numbers: pixel column c
 * covers [c, c + 1).
 *
 * @param right at least {@code left}
 * @param bottom at least {@code top}
 */
public record PixelBox(double left, double top, double right, double bottom) {
  /**
   * @throws InvalidRequestException where this is no rectangle
   */
  public PixelBox {
    if (!(Double.isFinite(left + top + right + bottom) && left <= right && top <= bottom)) {
      throw new InvalidRequestException(
          "pixel box [" + left + "," + top + "," + right + "," + bottom + "] is not a rectangle",
          "give finite numbers with left <= right and top <= bottom");
    }
  }

  /** Horizontal extent in pixels. */
  public double width() {
    return right - left;
  }

  /** Vertical extent in pixels. */
  public double height() {
    return bottom - top;
  }

  /** Intersection over union with another rectangle, 0..1; 0 when both have no area. */
  public double iou(PixelBox other) {
    double width = Math.min(right, other.right) - Math.max(left, other.left);
    double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
    double intersection = Math.max(0, width) * Math.max(0, height);
    double union = width() * height() + other.width() * other.height() - intersection;
    return union > 0 ? intersection / union : 0;
  }
}
