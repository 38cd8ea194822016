package io.fovea.image;

import io.fovea.ImageSize;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * A decoded picture.
 *
 * @param rgb rows from the top, without gaps, R, G, B for each pixel: [height, width, 3]; not
 *     copied, treat it as read-only
 * @param notes what the file holds and these pixels do not show; mostly none
 */
@SuppressWarnings("ArrayRecordComponent") // the pixels themselves; nobody compares two pictures
public record RgbImage(ImageSize size, byte[] rgb, List<PictureNote> notes) {
  /**
   * @throws IllegalArgumentException where there are not three bytes for each pixel
   */
  public RgbImage {
    notes = List.copyOf(notes);
    if (rgb.length != 3 * size.pixels()) {
      throw new IllegalArgumentException(rgb.length + " RGB bytes for a picture of " + size);
    }
  }

  /** A picture that lost nothing. */
  public RgbImage(ImageSize size, byte[] rgb) {
    this(size, rgb, List.of());
  }

  /** A copy to draw on. */
  public BufferedImage toBufferedImage() {
    int width = size.width();
    BufferedImage picture = new BufferedImage(width, size.height(), BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    for (int y = 0, at = 0; y < size.height(); y++) {
      for (int x = 0; x < width; x++, at += 3) {
        row[x] = (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | (rgb[at + 2] & 0xff);
      }
      picture.setRGB(0, y, width, 1, row, 0, width);
    }
    return picture;
  }
}
