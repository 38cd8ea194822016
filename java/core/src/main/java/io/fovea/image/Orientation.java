package io.fovea.image;

import io.fovea.ImageSize;

/** Turns a stored picture upright by its EXIF orientation (EXIF 2.32, 4.6.4 A). */
final class Orientation {
  private Orientation() {}

  /**
   * The upright picture's samples.
   *
   * @param stored of a picture of this size, rows from the top: [height, width, samples]
   * @param orientation 1..8: the stored row 0 and column 0 are the upright picture's 1 top and
   *     left, 2 top and right, 3 bottom and right, 4 bottom and left, 5 left and top, 6 right and
   *     top, 7 right and bottom, 8 left and bottom
   * @param samples of each pixel
   */
  static byte[] upright(byte[] stored, ImageSize size, int orientation, int samples) {
    int w = size.width();
    int h = size.height();
    int last = w * h - 1;
    int bottom = w * (h - 1);
    int right = w - 1;
    Walk walk = new Walk(stored, upright(size, orientation), samples);
    return switch (orientation) {
      case 1 -> stored;
      case 2 -> walk.run(right, -1, w);
      case 3 -> walk.run(last, -1, -w);
      case 4 -> walk.run(bottom, 1, -w);
      case 5 -> walk.run(0, w, 1);
      case 6 -> walk.run(bottom, -w, 1);
      case 7 -> walk.run(last, -w, -1);
      case 8 -> walk.run(right, w, -1);
      default -> throw new IllegalArgumentException("orientation " + orientation);
    };
  }

  /** Size of the upright picture: orientations 5 to 8 swap the sides. */
  static ImageSize upright(ImageSize stored, int orientation) {
    return orientation < 5 ? stored : new ImageSize(stored.height(), stored.width());
  }

  @SuppressWarnings("ArrayRecordComponent") // a view
  private record Walk(byte[] from, ImageSize size, int samples) {
    /** Upright pixel (x, y) is stored pixel {@code first + x * stepX + y * stepY}. */
    byte[] run(int first, int stepX, int stepY) {
      byte[] to = new byte[from.length];
      int at = 0;
      for (int y = 0; y < size.height(); y++) {
        for (int x = 0; x < size.width(); x++) {
          int pixel = samples * (first + x * stepX + y * stepY);
          for (int c = 0; c < samples; c++) {
            to[at++] = from[pixel + c];
          }
        }
      }
      return to;
    }
  }
}
