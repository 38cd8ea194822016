package io.fovea.image;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import javax.imageio.IIOException;

/** Refuses, by name, what the JDK's plug-in for TIFF does not read or reads wrongly. */
final class TiffChecks {
  private static final int COMPRESSION = 259;
  static final int SAMPLES = 277;
  static final int TILE_LENGTH = 323;
  private static final int STRIP_OFFSETS = 273;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_SIZES = 279;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_SIZES = 325;
  private static final int EXTRA_SAMPLES = 338;

  private static final long OLD_JPEG = 6;
  private static final long JPEG = 7;
  private static final int LAB = 8;
  private static final int LOG_LUV = 32845;
  private static final long MOST_TILE_PIXELS = 1 << 20;

  /** Bilevel ones, LZW, JPEG of two kinds, Deflate by two numbers, PackBits, and none. */
  private static final Set<Long> COMPRESSIONS =
      Set.of(1L, 2L, 3L, 4L, 5L, OLD_JPEG, JPEG, 8L, 32773L, 32946L);

  private static final Map<Long, String> NAMES =
      Map.of(
          32771L, "CCITT by words",
          34661L, "JBIG",
          34676L, "SGI LogL",
          34677L, "SGI Log24",
          34712L, "JPEG 2000",
          34892L, "lossy DNG",
          34925L, "LZMA",
          50000L, "Zstandard",
          50001L, "WebP",
          50002L, "JPEG XL");

  private final Source source;
  private final TiffDirectory directory;
  private final long photometric;

  TiffChecks(Source source, TiffDirectory directory) throws IIOException {
    this.source = source;
    this.directory = directory;
    photometric = directory.value(TiffFile.PHOTOMETRIC, 1);
  }

  /** Makes all checks of a picture of this width and height in pixels. */
  void run(long width, long height) throws IIOException {
    compression();
    bits();
    if (photometric == TiffFile.INKS) {
      inks();
    }
    if (photometric == TiffFile.PALETTE && directory.value(SAMPLES, 1) != 1) {
      throw new IIOException("it has alpha or other samples beside its palette's indices");
    }
    if (photometric >= LAB && photometric <= LOG_LUV) {
      throw new IIOException("its colours are stored as L*a*b*");
    }
    tiles(width * height);
    jpegScans(width, height);
  }

  private void compression() throws IIOException {
    long compression = directory.value(COMPRESSION, 1);
    if (!COMPRESSIONS.contains(compression)) {
      String name = NAMES.getOrDefault(compression, "an unknown method");
      throw new IIOException(
          "its pixels are compressed by "
              + name
              + ", number "
              + compression
              + ", which is not read");
    }
    if (compression == JPEG && directory.value(SAMPLES, 1) > 3) {
      throw new IIOException("it holds JPEG data of more than three components");
    }
    if (directory.value(TiffFile.PREDICTOR, 1) > TiffFile.DIFFERENCES) {
      throw new IIOException("its pixels are stored as differences of floating-point numbers");
    }
  }

  private void bits() throws IIOException {
    long[] bits = directory.values(TiffFile.BITS);
    boolean equal = Arrays.stream(bits).distinct().count() <= 1;
    if (!equal || (bits.length > 1 && bits[0] > 16)) {
      throw new IIOException(
          "its samples have " + (equal ? bits[0] : "mixed numbers of") + " bits");
    }
  }

  /** Cyan, magenta, yellow and black; more samples only where nobody says what they are. */
  private void inks() throws IIOException {
    long extra = directory.values(EXTRA_SAMPLES).length;
    boolean hasAlpha = directory.value(EXTRA_SAMPLES, 0) != 0;
    if (hasAlpha || directory.value(SAMPLES, 1) - extra != 4) {
      throw new IIOException("its inks are not cyan, magenta, yellow and black alone");
    }
    long bits = directory.value(TiffFile.BITS, 1);
    if (bits != 8 && bits != 16) {
      throw new IIOException("its inks have " + bits + " bits");
    }
  }

  /** A tile may reach past the picture, but not so far that a small file takes all memory. */
  private void tiles(long pixels) throws IIOException {
    long width = directory.value(TiffFile.TILE_WIDTH, 1);
    long height = directory.value(TILE_LENGTH, 1);
    long most = Math.max(MOST_TILE_PIXELS, 4 * pixels);
    if (width < 1 || height < 1 || width > most / height) {
      throw new IIOException("its tiles have " + width + "x" + height + " pixels");
    }
  }

  /** Strips and tiles are pictures of their own; the older kind of JPEG data is one for all. */
  private void jpegScans(long width, long height) throws IIOException {
    long compression = directory.value(COMPRESSION, 1);
    if (compression != JPEG && compression != OLD_JPEG) {
      return;
    }
    JpegScans scans = new JpegScans(source.file());
    boolean tiled = directory.has(TILE_OFFSETS);
    long[] offsets = directory.values(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    if (compression == OLD_JPEG) {
      long all = scans.count(0, source.file().length) - offsets.length; // a strip may be a scan
      JpegScans.check(source, /* blocks= */ 1, width * height, all);
      return;
    }
    long[] sizes = directory.values(tiled ? TILE_SIZES : STRIP_SIZES);
    long all = 0;
    for (int i = 0; i < offsets.length; i++) {
      all += scans.count(offsets[i], i < sizes.length ? sizes[i] : Integer.MAX_VALUE);
    }
    JpegScans.check(source, offsets.length, blockPixels(width, height, tiled), all);
  }

  private long blockPixels(long width, long height, boolean tiled) throws IIOException {
    return tiled
        ? directory.value(TiffFile.TILE_WIDTH, 1) * directory.value(TILE_LENGTH, 1)
        : width * Math.min(height, directory.value(ROWS_PER_STRIP, height));
  }
}
