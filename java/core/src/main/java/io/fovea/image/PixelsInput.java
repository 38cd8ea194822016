package io.fovea.image;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.nio.ByteBuffer;

/** Rows of RGB bytes in a buffer of the caller. */
record PixelsInput(ByteBuffer pixels, ImageSize size, int strideBytes) implements ImageInput {
  static PixelsInput checked(ByteBuffer pixels, int width, int height, int strideBytes) {
    if (width < 1 || height < 1 || strideBytes < 3L * width) {
      throw new InvalidRequestException(
          "RGB pixels of " + width + "x" + height + " with a stride of " + strideBytes + " bytes",
          "give a width and height of at least 1 and a stride of at least 3 * width");
    }
    long needed = (height - 1L) * strideBytes + 3L * width;
    if (pixels.remaining() < needed) {
      throw new InvalidRequestException(
          "the RGB buffer has " + pixels.remaining() + " bytes, its picture needs " + needed,
          "set the buffer's position and limit around all rows");
    }
    return new PixelsInput(pixels.slice(), new ImageSize(width, height), strideBytes);
  }

  @Override
  public String name() {
    return "RGB buffer of " + size;
  }

  /** The pixels without the gaps between rows. */
  RgbImage packed() {
    int rowBytes = 3 * size.width();
    byte[] rgb = new byte[Math.multiplyExact(rowBytes, size.height())];
    for (int y = 0; y < size.height(); y++) {
      pixels.get(y * strideBytes, rgb, y * rowBytes, rowBytes);
    }
    return new RgbImage(size, rgb);
  }
}
