package io.fovea.image;

import io.fovea.ImageException;
import java.util.Arrays;

/**
 * How often progressive JPEG data are gone over. Each scan may touch every pixel again, and a few
 * bytes are enough for one: a file of 100 kB can take hours.
 */
final class JpegScans {
  /** Usual scripts have 6 scans for grey, 10 to 14 for colour, 18 with black. */
  static final int USUAL = 24;

  /** Pixels times scans that a small picture may take beyond that: some seconds of work. */
  static final long WORK = 1L << 27;

  /** A scan costs this much at least, whatever the picture's size. */
  private static final long LEAST_PIXELS = 4096;

  private final int[] places; // of the markers, ascending

  /** Finds the markers of all scans in a file; in JPEG data nothing else looks like them. */
  JpegScans(byte[] file) {
    int[] found = new int[16];
    int count = 0;
    for (int at = 0; at + 1 < file.length; at++) {
      if (file[at] == (byte) 0xff && file[at + 1] == (byte) 0xda) {
        found = count < found.length ? found : Arrays.copyOf(found, 2 * count);
        found[count++] = at;
      }
    }
    places = Arrays.copyOf(found, count);
  }

  /** How many scans begin in {@code [from, from + size)}. */
  long count(long from, long size) {
    return before(from + size) - before(from);
  }

  private int before(long at) {
    int found = Arrays.binarySearch(places, (int) Math.min(Integer.MAX_VALUE, at));
    return found < 0 ? -1 - found : found;
  }

  /**
   * Refuses a picture with more scans than any sound file of its size has.
   *
   * @param blocks coded one by one: 1, or the strips or tiles of a TIFF file
   * @param pixels of each block
   * @param scans of all blocks
   * @throws ImageException then
   */
  static void check(Source source, long blocks, long pixels, long scans) {
    if (scans > USUAL * blocks && scans > WORK / Math.max(LEAST_PIXELS, pixels)) {
      throw new ImageException(
          source.name(),
          "has " + scans + " JPEG scans, where " + USUAL * blocks + " are plenty",
          "reading it would take very long: where you trust it, save it again as PNG or JPEG");
    }
  }
}
