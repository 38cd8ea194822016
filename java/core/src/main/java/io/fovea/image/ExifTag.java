package io.fovea.image;

import java.util.Arrays;
import javax.imageio.IIOException;

/** Reads the one EXIF tag (EXIF 2.32, 4.6.4 A) that matters here: how to turn the picture. */
final class ExifTag {
  /** As stored. */
  static final int UPRIGHT = 1;

  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY_BYTES = 12;

  private ExifTag() {}

  /**
   * Orientation 1..8 from the EXIF data at {@code file[at, end)}; {@link #UPRIGHT} when it is
   * missing or damaged, for a picture is no worse without it.
   */
  static int orientation(byte[] file, int at, int end) {
    FileBytes exif = new FileBytes(Arrays.copyOfRange(file, at, end));
    try {
      int value = find(exif);
      return value >= 1 && value <= 8 ? value : UPRIGHT;
    } catch (IIOException damaged) {
      return UPRIGHT;
    }
  }

  private static int find(FileBytes exif) throws IIOException {
    boolean little = exif.has("II*\0", 0);
    if (!little && !exif.has("MM\0*", 0)) {
      return UPRIGHT;
    }
    long directory = little ? exif.u32Little(4) : exif.u32(4);
    if (directory > exif.length()) {
      return UPRIGHT;
    }
    int at = (int) directory;
    int entries = u16(exif, at, little);
    for (int i = 0; i < entries; i++) {
      int entry = at + 2 + i * ENTRY_BYTES;
      if (u16(exif, entry, little) == ORIENTATION && u16(exif, entry + 2, little) == SHORT) {
        return u16(exif, entry + 8, little);
      }
    }
    return UPRIGHT;
  }

  private static int u16(FileBytes exif, int at, boolean little) throws IIOException {
    return little ? exif.u16Little(at) : exif.u16(at);
  }
}
