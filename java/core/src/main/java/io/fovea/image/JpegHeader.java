package io.fovea.image;

import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * The markers of a JPEG file (ITU-T T.81, annex B) up to the end of its first picture.
 *
 * @param width in pixels, 0 when the frame leaves it open
 * @param components 1 grey, 3 colour, 4 with black
 * @param color how components stand for colour
 * @param orientation EXIF's 1..8
 * @param profile name of the colour profile, or null
 * @param scans how many begin before the picture's end
 * @param end where the picture ends; a maker's data may follow
 * @param hasEndMarker whether the end marker lies before that
 */
record JpegHeader(
    int width,
    int height,
    int components,
    Color color,
    int orientation,
    @Nullable String profile,
    int scans,
    int end,
    boolean hasEndMarker) {
  enum Color {
    GREY,
    RGB,
    YCBCR,
    CMYK,
    YCCK
  }

  /**
   * Walks all markers. A sequential picture ends where each component was scanned, end marker or
   * not.
   *
   * @throws IIOException when the file ends before that or has no frame
   */
  static JpegHeader read(FileBytes file) throws IIOException {
    return new Walk(file).run();
  }

  /** The facts collected so far. */
  private static final class Walk {
    private static final int END_OF_IMAGE = 0xd9;
    private static final int START_OF_SCAN = 0xda;
    private static final int NO_ADOBE_MARKER = -1;

    private final FileBytes file;
    private int frameAt;
    private boolean jfif;
    private boolean sequential;
    private int scans;
    private int scannedComponents;
    private @Nullable String profile;
    private int adobeTransform = NO_ADOBE_MARKER;
    private int exifAt;
    private int exifEnd;

    Walk(FileBytes file) {
      this.file = file;
    }

    JpegHeader run() throws IIOException {
      int at = 2;
      int marker = 0;
      while (marker != END_OF_IMAGE && !isScanned()) {
        at = nextMarker(at);
        marker = file.u8(at++);
        if (hasSegment(marker)) {
          int end = at + Math.max(2, file.u16(at));
          file.u8(end - 1);
          segment(marker, at + 2, end);
          at = end;
        }
      }
      if (frameAt == 0) {
        throw new IIOException("there is no frame header");
      }
      if (file.u8(frameAt) != 8) {
        throw new IIOException("its samples have " + file.u8(frameAt) + " bits");
      }
      boolean hasEndMarker = marker == END_OF_IMAGE;
      if (!hasEndMarker) {
        int code = scanEnd(at);
        hasEndMarker = code < file.length() && file.u8(code) == END_OF_IMAGE;
        at = hasEndMarker ? code + 1 : code < file.length() ? code - 1 : code;
      }
      int height = file.u16(frameAt + 1);
      int width = file.u16(frameAt + 3);
      int components = file.u8(frameAt + 5);
      return new JpegHeader(
          width,
          height,
          components,
          color(components),
          ExifTag.orientation(file.bytes(), exifAt, exifEnd),
          profile,
          scans,
          at,
          hasEndMarker);
    }

    /** Whether a scan of each component has begun, after which only entropy-coded bytes matter. */
    private boolean isScanned() throws IIOException {
      return sequential && scannedComponents >= file.u8(frameAt + 5);
    }

    /** Place of the code of the first marker after entropy-coded bytes, or the file's end. */
    private int scanEnd(int from) throws IIOException {
      for (int at = from; at + 1 < file.length(); at++) {
        int code = file.u8(at + 1);
        if (file.u8(at) == 0xff && code != 0xff && !isEntropy(code)) {
          return at + 1;
        }
      }
      return file.length();
    }

    /** Whether 0xff and this byte belong to a scan: stuffing and restart markers. */
    private static boolean isEntropy(int code) {
      return code == 0 || (code >= 0xd0 && code <= 0xd7);
    }

    /**
     * Place of the next marker's code; entropy-coded bytes, stuffing and fill bytes are skipped.
     */
    private int nextMarker(int from) throws IIOException {
      int at = from;
      while (true) {
        while (file.u8(at) != 0xff) {
          at++;
        }
        while (file.u8(at) == 0xff) {
          at++;
        }
        if (file.u8(at) != 0) {
          return at;
        }
      }
    }

    /** Restart markers, TEM, SOI and EOI stand alone. */
    private static boolean hasSegment(int marker) {
      return marker != 0x01 && (marker < 0xd0 || marker > END_OF_IMAGE);
    }

    private void segment(int marker, int at, int end) throws IIOException {
      boolean frame = marker >= 0xc0 && marker <= 0xcf;
      boolean table = marker == 0xc4 || marker == 0xc8 || marker == 0xcc;
      if (frame && !table && frameAt == 0) {
        frameAt = at;
        sequential = marker == 0xc0 || marker == 0xc1 || marker == 0xc9;
      } else if (marker == 0xe0 && file.has("JFIF\0", at)) {
        jfif = true;
      } else if (marker == 0xee && file.has("Adobe", at) && end - at >= 12) {
        adobeTransform = file.u8(at + 11);
      } else if (marker == 0xe1 && exifAt == 0 && file.has("Exif\0\0", at) && end - at >= 6) {
        exifAt = at + 6;
        exifEnd = end;
      } else if (marker == 0xe2 && profile == null && file.has("ICC_PROFILE\0\1", at)) {
        profile = IccProfile.name(file.bytes(), at + 14, end);
      } else if (marker == START_OF_SCAN) {
        if (frameAt == 0) {
          throw new IIOException("there is a scan before the frame header");
        }
        scans++;
        scannedComponents += file.u8(at);
      }
    }

    /** The customary guess, since JPEG itself does not say (as in libjpeg's documentation). */
    private Color color(int components) throws IIOException {
      return switch (components) {
        case 1 -> Color.GREY;
        case 3 -> isRgb() ? Color.RGB : Color.YCBCR;
        case 4 -> adobeTransform > 0 ? Color.YCCK : Color.CMYK;
        default -> throw new IIOException("it has " + components + " colour components");
      };
    }

    /** By Adobe's marker, or, without any marker, by components named 'R', 'G' and 'B'. */
    private boolean isRgb() throws IIOException {
      if (jfif || adobeTransform != NO_ADOBE_MARKER) {
        return !jfif && adobeTransform == 0;
      }
      return file.u8(frameAt + 6) == 'R'
          && file.u8(frameAt + 9) == 'G'
          && file.u8(frameAt + 12) == 'B';
    }
  }
}
