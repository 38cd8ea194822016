package io.fovea.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.IIOException;

/** The first page of a TIFF file, read by the JDK's plug-in where that reads it rightly. */
final class TiffFile {
  private static final int SUBFILE_TYPE = 254;
  private static final int BITS = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int SAMPLES = 277;
  private static final int PREDICTOR = 317;
  private static final int COLOR_MAP = 320;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_LENGTH = 323;
  private static final int SUB_DIRECTORIES = 330;
  private static final int EXTRA_SAMPLES = 338;
  private static final int XMP = 700;
  private static final int PROFILE = 34675;
  private static final int DNG_VERSION = 50706;

  private static final int JPEG = 7;
  private static final int PALETTE = 3;
  private static final int INKS = 5;
  private static final int LAB = 8;
  private static final int LOG_LUV = 32845;
  private static final int DIFFERENCES = 2;
  private static final long MOST_TILE_PIXELS = 1 << 20;

  private static final Pattern XMP_ORIENTATION =
      Pattern.compile("tiff:Orientation(?:=\"|>)([1-8])");

  private final Source source;
  private final TiffDirectory directory;

  private TiffFile(Source source) throws IIOException {
    this.source = source;
    directory = TiffDirectory.read(source.bytes());
  }

  /** The picture. */
  static Layers read(Source source) throws IOException {
    return new TiffFile(source).layers();
  }

  private Layers layers() throws IOException {
    byte[] file = source.file();
    if (isRawData()) {
      throw ForeignFormat.rawData(source);
    }
    long[] size = FormatReader.dimensions(ImageFormat.TIFF, file);
    source.size(size[0], size[1]);
    refuseWhatIsMisread();
    checkTiles(size[0] * size[1]);
    return samples(pixels(file))
        .withOrientation(orientation())
        .upright() // as Pillow does on loading
        .firstOf(directory.chain(), "pages")
        .profiled(directory.has(PROFILE) ? "embedded" : null);
  }

  private Layers samples(BufferedImage picture) throws IIOException {
    int photometric = (int) directory.value(PHOTOMETRIC, 1);
    if (photometric == PALETTE) {
      return RgbPixels.of(withPalette(picture), /* clipsGrey= */ false);
    }
    if (photometric == INKS) {
      return RgbPixels.ofInk(picture);
    }
    long bits = directory.value(BITS, 1);
    return RgbPixels.of(picture, source.sixteenBit(), bits > 8 && bits < 16 ? (int) bits : 16);
  }

  /** 1..8 by the tag, else by the XMP packet, as in Pillow. */
  private int orientation() throws IIOException {
    if (directory.has(ExifTag.ORIENTATION)) {
      return ExifTag.orientation(directory);
    }
    Matcher stated = XMP_ORIENTATION.matcher(directory.text(XMP));
    return stated.find() ? stated.group(1).charAt(0) - '0' : ExifTag.UPRIGHT;
  }

  /** DNG, CR2, or a thumbnail before other pictures, as in NEF, ARW and PEF. */
  private boolean isRawData() throws IIOException {
    boolean thumbnail =
        (directory.value(SUBFILE_TYPE, 0) & 1) == 1 && directory.has(SUB_DIRECTORIES);
    return directory.has(DNG_VERSION) || source.bytes().has("CR", 8) || thumbnail;
  }

  /** A tile may reach past the picture, but not so far that a small file takes all memory. */
  private void checkTiles(long pixels) throws IIOException {
    long width = directory.value(TILE_WIDTH, 1);
    long height = directory.value(TILE_LENGTH, 1);
    long most = Math.max(MOST_TILE_PIXELS, 4 * pixels);
    if (width < 1 || height < 1 || width > most / height) {
      throw new IIOException("its tiles have " + width + "x" + height + " pixels");
    }
  }

  private void refuseWhatIsMisread() throws IIOException {
    long photometric = directory.value(PHOTOMETRIC, 1);
    if (photometric >= LAB && photometric <= LOG_LUV) {
      throw new IIOException("its colours are stored as L*a*b*");
    }
    long[] bits = directory.values(BITS);
    boolean equal = Arrays.stream(bits).distinct().count() <= 1;
    if (!equal || (bits.length > 1 && bits[0] > 16)) {
      throw new IIOException(
          "its samples have " + (equal ? bits[0] : "mixed numbers of") + " bits");
    }
    long extra = directory.values(EXTRA_SAMPLES).length;
    boolean hasAlpha = directory.value(EXTRA_SAMPLES, 0) != 0;
    if (photometric == INKS && (hasAlpha || directory.value(SAMPLES, 1) - extra != 4)) {
      throw new IIOException("its inks are not cyan, magenta, yellow and black alone");
    }
    if (photometric == INKS && bits.length > 0 && bits[0] != 8 && bits[0] != 16) {
      throw new IIOException("its inks have " + bits[0] + " bits");
    }
    if (directory.value(COMPRESSION, 1) == JPEG && directory.value(SAMPLES, 1) > 3) {
      throw new IIOException("it holds JPEG data of more than three components");
    }
  }

  private BufferedImage pixels(byte[] file) throws IOException {
    int predictor = directory.place(PREDICTOR);
    if (predictor < 0 || file[predictor] != DIFFERENCES) {
      return FormatReader.read(ImageFormat.TIFF, file);
    }
    byte[] plain = file.clone(); // the plug-in knows differences of 8 bits only
    plain[predictor] = 1;
    BufferedImage differences = FormatReader.read(ImageFormat.TIFF, plain);
    if (differences.getRaster().getTransferType() != DataBuffer.TYPE_USHORT) {
      return FormatReader.read(ImageFormat.TIFF, file);
    }
    int width = differences.getWidth();
    sumUp(differences.getRaster(), (int) Math.min(width, directory.value(TILE_WIDTH, width)));
    return differences;
  }

  /** Undoes differences of neighbours in each row of each tile: samples count modulo 2^16. */
  private static void sumUp(WritableRaster raster, int tileWidth) throws IIOException {
    if (tileWidth < 1) {
      throw new IIOException("its tiles have no width");
    }
    int bands = raster.getNumBands();
    int[] row = new int[raster.getWidth() * bands];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, raster.getWidth(), 1, row);
      for (int i = bands; i < row.length; i++) {
        boolean begins = i / bands % tileWidth == 0;
        row[i] = begins ? row[i] : (row[i] + row[i - bands]) & 0xffff;
      }
      raster.setPixels(0, y, raster.getWidth(), 1, row);
    }
  }

  /**
   * The same indices with the file's colours, 16 bits each, cut to their high bytes as Pillow does.
   */
  private BufferedImage withPalette(BufferedImage picture) throws IIOException {
    long[] colors = directory.values(COLOR_MAP);
    int size = colors.length / 3;
    if (!(picture.getColorModel() instanceof IndexColorModel stored) || size == 0 || size > 256) {
      throw new IIOException("its palette has " + size + " colours");
    }
    byte[][] palette = new byte[3][size];
    for (int i = 0; i < 3 * size; i++) {
      palette[i / size][i % size] = (byte) (colors[i] >> 8);
    }
    IndexColorModel model =
        new IndexColorModel(stored.getPixelSize(), size, palette[0], palette[1], palette[2]);
    return new BufferedImage(model, picture.getRaster(), false, null);
  }
}
