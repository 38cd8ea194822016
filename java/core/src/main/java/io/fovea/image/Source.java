package io.fovea.image;

import io.fovea.ImageException;
import io.fovea.ImageSize;

/**
 * A file that is being decoded, and what limits, options and the room for decoding say of it.
 *
 * @param name what messages call it
 * @param hold of the picture
 */
@SuppressWarnings("ArrayRecordComponent") // a view
record Source(String name, byte[] file, ImageDecoder options, DecodingRoom.Hold hold) {
  SixteenBit sixteenBit() {
    return options.sixteenBit();
  }

  FileBytes bytes() {
    return new FileBytes(file);
  }

  /** Checks a claimed size before memory is taken for it. */
  ImageSize size(long width, long height) {
    if (width < 1 || height < 1) {
      throw new ImageException(
          name, "claims " + width + "x" + height + " pixels", "give a picture that is not empty");
    }
    long most = options.limits().maxPixels();
    if (Math.max(width, height) > most || width * height > most) {
      throw new ImageException(
          name,
          "claims " + width + "x" + height + " pixels, more than the limit of " + most,
          "give a smaller picture, or raise the limit: ImageLimits.maxPixels, --max-pixels on the"
              + " command line");
    }
    return new ImageSize((int) width, (int) height);
  }

  /**
   * Waits for the room that decoding takes; once, when the header is known and before memory for
   * pixels is taken.
   *
   * @param orientation EXIF's 1..8
   */
  void claim(HeapNeed need, int orientation) {
    boolean turned =
        orientation != ExifTag.UPRIGHT && options.orientation() == ExifOrientation.APPLY;
    claim(need.turned(turned));
  }

  /** The same, for what {@code need} says of turning. */
  void claim(HeapNeed need) {
    hold.claim(name, need.bytes());
  }
}
