package io.fovea.image;

import javax.imageio.IIOException;

/**
 * The markers of a JPEG file (ITU-T T.81, annex B) up to the end of its first picture.
 *
 * @param width in pixels, 0 when the frame leaves it open
 * @param components 1 grey, 3 colour, 4 with black
 * @param color how components stand for colour
 * @param exifAt where EXIF data (a TIFF header) begins, 0 when there is none
 * @param exifEnd where it ends
 */
record JpegHeader(int width, int height, int components, Color color, int exifAt, int exifEnd) {
  enum Color {
    GREY,
    RGB,
    YCBCR,
    CMYK,
    YCCK
  }

  /**
   * Walks all markers.
   *
   * @throws IIOException when the file ends before its end marker or has no frame
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
    private int adobeTransform = NO_ADOBE_MARKER;
    private int exifAt;
    private int exifEnd;

    Walk(FileBytes file) {
      this.file = file;
    }

    JpegHeader run() throws IIOException {
      int at = 2;
      for (int marker = 0; marker != END_OF_IMAGE; ) {
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
      int height = file.u16(frameAt + 1);
      int width = file.u16(frameAt + 3);
      int components = file.u8(frameAt + 5);
      return new JpegHeader(width, height, components, color(components), exifAt, exifEnd);
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
      } else if (marker == 0xe0 && file.has("JFIF\0", at)) {
        jfif = true;
      } else if (marker == 0xee && file.has("Adobe", at) && end - at >= 12) {
        adobeTransform = file.u8(at + 11);
      } else if (marker == 0xe1 && exifAt == 0 && file.has("Exif\0\0", at) && end - at >= 6) {
        exifAt = at + 6;
        exifEnd = end;
      } else if (marker == START_OF_SCAN && frameAt == 0) {
        throw new IIOException("there is a scan before the frame header");
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
