package io.fovea.image;

import io.fovea.ImageSize;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.IIOException;

/** The first page of a TIFF file, read by the JDK's plug-in where that reads it rightly. */
final class TiffFile {
  private static final int SUBFILE_TYPE = 254;
  static final int BITS = 258;
  static final int PHOTOMETRIC = 262;
  static final int PREDICTOR = 317;
  private static final int COLOR_MAP = 320;
  static final int TILE_WIDTH = 322;
  private static final int SUB_DIRECTORIES = 330;
  private static final int XMP = 700;
  private static final int PROFILE = 34675;
  private static final int DNG_VERSION = 50706;

  private static final int MOST_SAMPLES = 1 << 16; // more is damage
  private static final int MOST_BITS = 64;

  static final int PALETTE = 3;
  static final int INKS = 5;
  static final int DIFFERENCES = 2;

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
    ImageSize sides = source.size(size[0], size[1]);
    new TiffChecks(source, directory).run(size[0], size[1]);
    source.claim(need(sides).turned(orientation() != ExifTag.UPRIGHT));
    return samples(pixels(file))
        .withOrientation(orientation())
        .upright() // as Pillow does on loading
        .firstOf(directory.chain(), "pages")
        .profiled(directory.has(PROFILE) ? "embedded" : null);
  }

  /** The plug-in's picture, and beside it one strip or tile, which may be as large or larger. */
  private HeapNeed need(ImageSize size) throws IIOException {
    long samples = Math.max(1, Math.min(MOST_SAMPLES, directory.value(TiffChecks.SAMPLES, 1)));
    long bits = Math.max(8, Math.min(MOST_BITS, directory.value(BITS, 1)));
    long tile = directory.value(TILE_WIDTH, 1) * directory.value(TiffChecks.TILE_LENGTH, 1);
    long stored = size.pixels() + Math.max(size.pixels(), tile);
    return HeapNeed.of(size)
        .withAlpha(samples == 2 || samples == 4)
        .and(stored * samples * ((bits + 7) / 8));
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
