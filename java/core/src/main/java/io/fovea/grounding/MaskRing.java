package io.fovea.grounding;

import java.util.List;

/**
 * A closed line along the borders of a mask's pixels, with covered pixels to the right of the way:
 * seen on the picture, outlines run clockwise and the borders of holes counterclockwise. It may
 * touch itself in corners, but not cross itself.
 *
 * @param corners at least four, level and upright sides in turn, closed from the last to the first
 * @param hole whether it is the border of a hole, not an outline
 */
public record MaskRing(List<Corner> corners, boolean hole) {
  /**
   * A corner of pixels: pixel (x, y) lies between (x, y) and (x + 1, y + 1).
   *
   * @param x 0 to the picture's width
   * @param y 0 to the picture's height
   */
  public record Corner(int x, int y) {}

  /** A ring of a copy of these corners. */
  public MaskRing {
    corners = List.copyOf(corners);
  }

  /** The ring of these corners; which kind it is, the way round tells. */
  static MaskRing of(List<Corner> corners) {
    long turned = 0; // twice the area by the shoelace formula, positive where clockwise
    Corner last = corners.get(corners.size() - 1);
    for (Corner corner : corners) {
      turned += (long) last.x * corner.y - (long) corner.x * last.y;
      last = corner;
    }
    return new MaskRing(corners, turned < 0);
  }
}
