package io.fovea.grounding;

import io.fovea.ImageSize;
import java.util.List;

/**
 * Where something is on a picture, exactly as a model gave it: in fractions of the picture's width
 * and height, 0 to 1, origin top left. {@link Box} and {@link Point} are the same in thousandths.
 */
public sealed interface Geometry {
  /** The smallest upright rectangle around it. */
  Rectangle bounds();

  /** Whether it covers no area: a position, a rectangle without width or height. */
  boolean degenerate();

  /** An upright rectangle, {@code x0 <= x1} and {@code y0 <= y1}. */
  record Rectangle(double x0, double y0, double x1, double y1) implements Geometry {
    /**
     * @throws IllegalArgumentException where this is no rectangle within 0..1
     */
    public Rectangle {
      if (!(0 <= x0 && x0 <= x1 && x1 <= 1 && 0 <= y0 && y0 <= y1 && y1 <= 1)) {
        throw new IllegalArgumentException(
            "rectangle " + x0 + "," + y0 + "," + x1 + "," + y1 + " is not within the picture");
      }
    }

    /** The rectangle with these two opposite corners, in any order; clamped to the picture. */
    public static Rectangle ofCorners(double xa, double ya, double xb, double yb) {
      return new Rectangle(
          clamped(Math.min(xa, xb)),
          clamped(Math.min(ya, yb)),
          clamped(Math.max(xa, xb)),
          clamped(Math.max(ya, yb)));
    }

    /** The same rectangle in fractions. */
    public static Rectangle of(Box box) {
      return new Rectangle(
          box.x0() / 1000.0, box.y0() / 1000.0, box.x1() / 1000.0, box.y1() / 1000.0);
    }

    /** On a picture of this size, not rounded. */
    public PixelBox toPixels(ImageSize size) {
      return new PixelBox(
          x0 * size.width(), y0 * size.height(), x1 * size.width(), y1 * size.height());
    }

    /** In thousandths: multiplied by 1000 and rounded down, as {@link Box#ofPixels} does. */
    public Box toBox() {
      return new Box(thousandths(x0), thousandths(y0), thousandths(x1), thousandths(y1));
    }

    /** The middle. */
    public Position centre() {
      return new Position((x0 + x1) / 2, (y0 + y1) / 2);
    }

    /** Intersection over union with another one, 0..1; 0 when both have no area. */
    public double iou(Rectangle other) {
      PixelBox own = new PixelBox(x0, y0, x1, y1);
      return own.iou(new PixelBox(other.x0, other.y0, other.x1, other.y1));
    }

    @Override
    public Rectangle bounds() {
      return this;
    }

    @Override
    public boolean degenerate() {
      return x0 == x1 || y0 == y1;
    }
  }

  /** A position. */
  record Position(double x, double y) implements Geometry {
    /**
     * @throws IllegalArgumentException where it is not on the picture
     */
    public Position {
      if (!(0 <= x && x <= 1 && 0 <= y && y <= 1)) {
        throw new IllegalArgumentException("position " + x + "," + y + " is not on the picture");
      }
    }

    /** The position on the picture that is nearest to this. */
    public static Position clampedTo(double x, double y) {
      return new Position(clamped(x), clamped(y));
    }

    /** The same position in fractions. */
    public static Position of(Point point) {
      return new Position(point.x() / 1000.0, point.y() / 1000.0);
    }

    /** In thousandths, rounded down. */
    public Point toPoint() {
      return new Point(thousandths(x), thousandths(y));
    }

    @Override
    public Rectangle bounds() {
      return new Rectangle(x, y, x, y);
    }

    @Override
    public boolean degenerate() {
      return true;
    }
  }

  /**
   * A quadrilateral, such as a line of slanted text.
   *
   * @param corners four, in the order of the model
   */
  record Quad(List<Position> corners) implements Geometry {
    /**
     * @throws IllegalArgumentException where there are not four corners
     */
    public Quad {
      corners = List.copyOf(corners);
      if (corners.size() != 4) {
        throw new IllegalArgumentException("a quad of " + corners.size() + " corners");
      }
    }

    @Override
    public Rectangle bounds() {
      return around(corners);
    }

    @Override
    public boolean degenerate() {
      return area(corners) == 0;
    }
  }

  /**
   * The outline of something, closed from the last corner to the first.
   *
   * @param corners at least one, in the order of the model
   */
  record Polygon(List<Position> corners) implements Geometry {
    /**
     * @throws IllegalArgumentException where there is no corner
     */
    public Polygon {
      corners = List.copyOf(corners);
      if (corners.isEmpty()) {
        throw new IllegalArgumentException("a polygon without corners");
      }
    }

    @Override
    public Rectangle bounds() {
      return around(corners);
    }

    @Override
    public boolean degenerate() {
      return area(corners) == 0;
    }
  }

  private static double clamped(double fraction) {
    return Math.max(0, Math.min(1, fraction));
  }

  /** The 1e-9 (of a thousandth) absorbs the rounding of double arithmetic. */
  private static int thousandths(double fraction) {
    return Math.min(Box.MAX, (int) Math.floor(fraction * 1000 + 1e-9));
  }

  private static Rectangle around(List<Position> corners) {
    double x0 = 1;
    double y0 = 1;
    double x1 = 0;
    double y1 = 0;
    for (Position corner : corners) {
      x0 = Math.min(x0, corner.x());
      y0 = Math.min(y0, corner.y());
      x1 = Math.max(x1, corner.x());
      y1 = Math.max(y1, corner.y());
    }
    return new Rectangle(x0, y0, x1, y1);
  }

  /** The shoelace formula: half the absolute sum of cross products of neighbours. */
  private static double area(List<Position> corners) {
    double twice = 0;
    Position last = corners.get(corners.size() - 1);
    for (Position corner : corners) {
      twice += last.x() * corner.y() - corner.x() * last.y();
      last = corner;
    }
    return Math.abs(twice) / 2;
  }
}
