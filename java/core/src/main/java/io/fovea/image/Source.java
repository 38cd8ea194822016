package io.fovea.image;

import io.fovea.ImageException;
import io.fovea.ImageSize;

/**
 * A file that is being decoded, and what limits and options say of it.
 *
 * @param name what messages call it
 */
@SuppressWarnings("ArrayRecordComponent") // a view
record Source(String name, byte[] file, ImageLimits limits, SixteenBit sixteenBit) {
  FileBytes bytes() {
    return new FileBytes(file);
  }

  /** Checks a claimed size before memory is taken for it. */
  ImageSize size(long width, long height) {
    if (width < 1 || height < 1) {
      throw new ImageException(
          name, "claims " + width + "x" + height + " pixels", "give a picture that is not empty");
    }
    long most = limits.maxPixels();
    if (Math.max(width, height) > most || width * height > most) {
      throw new ImageException(
          name,
          "claims " + width + "x" + height + " pixels, more than the limit of " + most,
          "give a smaller picture, or raise the limit: ImageLimits.maxPixels, --max-pixels on the"
              + " command line");
    }
    return new ImageSize((int) width, (int) height);
  }
}
