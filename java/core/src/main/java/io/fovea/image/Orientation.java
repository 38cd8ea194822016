package io.fovea.image;

import io.fovea.ImageSize;

/** Turns a stored picture upright by its EXIF orientation (EXIF 2.32, 4.6.4 A). */
final class Orientation {
  private Orientation() {}

  /**
   * The upright picture.
   *
   * @param orientation 1..8: the stored row 0 and column 0 are the upright picture's 1 top and
   *     left, 2 top and right, 3 bottom and right, 4 bottom and left, 5 left and top, 6 right and
   *     top, 7 right and bottom, 8 left and bottom
   */
  static RgbImage upright(RgbImage stored, int orientation) {
    if (orientation == ExifTag.UPRIGHT) {
      return stored;
    }
    int w = stored.size().width();
    int h = stored.size().height();
    int last = w * h - 1;
    int bottom = w * (h - 1);
    int right = w - 1;
    return switch (orientation) {
      case 2 -> walk(stored, stored.size(), right, -1, w);
      case 3 -> walk(stored, stored.size(), last, -1, -w);
      case 4 -> walk(stored, stored.size(), bottom, 1, -w);
      case 5 -> walk(stored, new ImageSize(h, w), 0, w, 1);
      case 6 -> walk(stored, new ImageSize(h, w), bottom, -w, 1);
      case 7 -> walk(stored, new ImageSize(h, w), last, -w, -1);
      case 8 -> walk(stored, new ImageSize(h, w), right, w, -1);
      default -> throw new IllegalArgumentException("orientation " + orientation);
    };
  }

  /** Upright pixel (x, y) is stored pixel {@code first + x * stepX + y * stepY}. */
  private static RgbImage walk(RgbImage stored, ImageSize size, int first, int stepX, int stepY) {
    byte[] from = stored.rgb();
    byte[] to = new byte[from.length];
    int at = 0;
    for (int y = 0; y < size.height(); y++) {
      for (int x = 0; x < size.width(); x++) {
        int pixel = 3 * (first + x * stepX + y * stepY);
        to[at++] = from[pixel];
        to[at++] = from[pixel + 1];
        to[at++] = from[pixel + 2];
      }
    }
    return new RgbImage(size, to, stored.notes());
  }
}
