package io.fovea.grounding;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.Locale;

/**
 * A rectangle in thousandths of the picture's width and height, origin top left: the numbers a
 * model reads and writes. Independent of the picture's size.
 *
 * @param x0 left edge, 0..999
 * @param y0 top edge, 0..999
 * @param x1 right edge, x0..999
 * @param y1 bottom edge, y0..999
 */
public record Box(int x0, int y0, int x1, int y1) implements Place {
  /** The largest coordinate: three digits. */
  public static final int MAX = 999;

  /**
   * @throws InvalidRequestException where this is no rectangle within 0..999
   */
  public Box {
    if (x0 < 0 || x1 < x0 || x1 > MAX || y0 < 0 || y1 < y0 || y1 > MAX) {
      throw new InvalidRequestException(
          "box [" + x0 + "," + y0 + "," + x1 + "," + y1 + "] is not a rectangle in thousandths",
          "give x0 <= x1 and y0 <= y1, each from 0 to " + MAX);
    }
  }

  /** The box with these two opposite corners, in any order. */
  static Box ofCorners(int xa, int ya, int xb, int yb) {
    return new Box(Math.min(xa, xb), Math.min(ya, yb), Math.max(xa, xb), Math.max(ya, yb));
  }

  /**
   * From pixel edges to thousandths, as the published models were trained: each edge is clamped to
   * the last pixel, divided by the side, multiplied by 1000 and rounded down.
   *
   * @param left pixel column, any real number; values outside the picture are clamped
   * @throws InvalidRequestException when a number is not finite or the edges are swapped
   */
  public static Box ofPixels(double left, double top, double right, double bottom, ImageSize size) {
    if (!(Double.isFinite(left + top + right + bottom) && left <= right && top <= bottom)) {
      throw new InvalidRequestException(
          "pixel box [" + left + "," + top + "," + right + "," + bottom + "] is not a rectangle",
          "give finite numbers with left <= right and top <= bottom");
    }
    return new Box(
        thousandths(left, size.width()),
        thousandths(top, size.height()),
        thousandths(right, size.width()),
        thousandths(bottom, size.height()));
  }

  /**
   * The 1e-9 (of a thousandth) absorbs the rounding of double arithmetic, so that {@link #toPixels}
   * followed by this gives the number it started from.
   */
  private static int thousandths(double pixel, int side) {
    double clamped = Math.max(0, Math.min(pixel, side - 1));
    return Math.min(MAX, (int) Math.floor(clamped * 1000 / side + 1e-9));
  }

  /** The rectangle on a picture of this size: n / 1000 of the side, not rounded. */
  public PixelBox toPixels(ImageSize size) {
    return new PixelBox(
        (double) x0 * size.width() / 1000,
        (double) y0 * size.height() / 1000,
        (double) x1 * size.width() / 1000,
        (double) y1 * size.height() / 1000);
  }

  /**
   * Intersection over union with another box, 0..1; the same on a picture of any size. Two boxes
   * without area have 0.
   */
  public double iou(Box other) {
    return asPixels().iou(other.asPixels());
  }

  @Override
  public String text() {
    return String.format(Locale.ROOT, "[[%03d,%03d,%03d,%03d]]", x0, y0, x1, y1);
  }

  private PixelBox asPixels() {
    return new PixelBox(x0, y0, x1, y1);
  }
}
