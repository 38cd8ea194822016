package io.fovea.grounding;

import io.fovea.ImageSize;

/**
 * The square that a picture was padded to: its side is the longer one, the picture is in the
 * middle, by whole pixels. Shikra's and NExT-Chat's numbers are fractions of it.
 *
 * @param left pixels before the picture
 * @param top pixels above it
 */
record PaddedSquare(ImageSize picture, int side, int left, int top) {
  static PaddedSquare of(ImageSize picture) {
    int side = Math.max(picture.width(), picture.height());
    return new PaddedSquare(
        picture, side, (side - picture.width()) / 2, (side - picture.height()) / 2);
  }

  /** From fractions of the square to those of the picture; not clamped. */
  double xFrom(double fraction) {
    return (fraction * side - left) / picture.width();
  }

  double yFrom(double fraction) {
    return (fraction * side - top) / picture.height();
  }

  /** From fractions of the picture to those of the square. */
  double xTo(double fraction) {
    return (fraction * picture.width() + left) / side;
  }

  double yTo(double fraction) {
    return (fraction * picture.height() + top) / side;
  }

  /** The box with these corners, in fractions of the square. */
  Geometry.Rectangle box(double x0, double y0, double x1, double y1) {
    return Geometry.Rectangle.ofCorners(xFrom(x0), yFrom(y0), xFrom(x1), yFrom(y1));
  }
}
