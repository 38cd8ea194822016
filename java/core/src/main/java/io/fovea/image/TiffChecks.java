package io.fovea.image;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import javax.imageio.IIOException;

/** Refuses, by name, what the JDK's plug-in for TIFF does not read or reads wrongly. */
final class TiffChecks {
  private static final int COMPRESSION = 259;
  private static final int SAMPLES = 277;
  private static final int TILE_LENGTH = 323;
  private static final int EXTRA_SAMPLES = 338;

  private static final long JPEG = 7;
  private static final int LAB = 8;
  private static final int LOG_LUV = 32845;
  private static final long MOST_TILE_PIXELS = 1 << 20;

  /** Bilevel ones, LZW, JPEG of two kinds, Deflate by two numbers, PackBits, and none. */
  private static final Set<Long> COMPRESSIONS =
      Set.of(1L, 2L, 3L, 4L, 5L, 6L, JPEG, 8L, 32773L, 32946L);

  private static final Map<Long, String> NAMES =
      Map.of(
          34661L, "JBIG",
          34676L, "SGI LogL",
          34677L, "SGI Log24",
          34712L, "JPEG 2000",
          34892L, "lossy DNG",
          34925L, "LZMA",
          50000L, "Zstandard",
          50001L, "WebP",
          50002L, "JPEG XL");

  private final TiffDirectory directory;
  private final long photometric;

  TiffChecks(TiffDirectory directory) throws IIOException {
    this.directory = directory;
    photometric = directory.value(TiffFile.PHOTOMETRIC, 1);
  }

  /**
   * Makes all checks.
   *
   * @param pixels of the picture
   */
  void run(long pixels) throws IIOException {
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
    tiles(pixels);
  }

  private void compression() throws IIOException {
    long compression = directory.value(COMPRESSION, 1);
    if (!COMPRESSIONS.contains(compression)) {
      String name = NAMES.getOrDefault(compression, "an unknown method");
      throw new IIOException(
          "its pixels are compressed by " + name + ", number " + compression + ", which is not read");
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
}
