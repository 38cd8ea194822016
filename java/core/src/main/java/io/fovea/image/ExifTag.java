package io.fovea.image;

import java.util.Arrays;
import javax.imageio.IIOException;

/** Reads the one EXIF tag (EXIF 2.32, 4.6.4 A) that matters here: how to turn the picture. */
final class ExifTag {
  /** As stored. */
  static final int UPRIGHT = 1;

  static final int ORIENTATION = 0x0112;

  /** Of JPEG segments, but other files have it, too. */
  private static final String PREFIX = "Exif\0\0";

  private ExifTag() {}

  /**
   * Orientation 1..8 from the EXIF data at {@code file[at, end)}; {@link #UPRIGHT} when it is
   * missing or damaged, for a picture is no worse without it.
   */
  static int orientation(byte[] file, int at, int end) {
    boolean prefixed = new FileBytes(file).has(PREFIX, at);
    int from = Math.min(end, prefixed ? at + PREFIX.length() : at);
    try {
      FileBytes exif = new FileBytes(Arrays.copyOfRange(file, from, end));
      return orientation(TiffDirectory.read(exif));
    } catch (IIOException damaged) {
      return UPRIGHT;
    }
  }

  /** Orientation 1..8 that a directory states. */
  static int orientation(TiffDirectory directory) throws IIOException {
    long value = directory.value(ORIENTATION, UPRIGHT);
    return value >= 1 && value <= 8 ? (int) value : UPRIGHT;
  }
}
