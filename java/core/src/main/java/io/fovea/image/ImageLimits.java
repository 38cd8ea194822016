package io.fovea.image;

import io.fovea.InvalidRequestException;

/**
 * How large a picture may be. Checked on the file's header, before memory for pixels is taken: a
 * few hundred bytes of PNG can claim 100,000 x 100,000 pixels.
 *
 * <p>Time is bounded by pixels. A million takes some tenths of a second at most: in progressive
 * JPEG, and in interlaced PNG that is one or two pixels wide. JPEG of more than 24 scans is refused
 * where pixels times scans are more than 2^27.
 *
 * @param maxPixels width * height, at most {@value #MOST_PIXELS}; decoding takes 3 to 12 bytes of
 *     Java heap for each, more for TIFF; {@link DecodingRoom} bounds what pictures take together
 * @param maxBytes of the file; all of it is held in memory, of most formats twice. No file of 2 GiB
 *     is read, whatever the limit
 */
public record ImageLimits(long maxPixels, long maxBytes) {
  /** RGB bytes must fit in one Java array. */
  public static final long MOST_PIXELS = (Integer.MAX_VALUE - 8) / 3;

  /** 64 million pixels, 256 MiB. */
  public static final ImageLimits DEFAULT = new ImageLimits(64_000_000, 256L << 20);

  /**
   * @throws InvalidRequestException where a limit is below 1, or above what an array holds
   */
  public ImageLimits {
    if (maxPixels < 1 || maxPixels > MOST_PIXELS || maxBytes < 1) {
      throw new InvalidRequestException(
          "image limits of " + maxPixels + " pixels and " + maxBytes + " bytes",
          "give 1 to " + MOST_PIXELS + " pixels and at least 1 byte");
    }
  }
}
