package io.fovea.image;

import io.fovea.ImageSize;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Samples of a picture in memory to RGB bytes by the rules of Pillow's {@code convert("RGB")}:
 *
 * <ul>
 *   <li>a colour profile is ignored; alpha is kept apart;
 *   <li>grey is replicated, palette indices are looked up, inks are subtracted from white;
 *   <li>samples of n &lt; 8 bits become v * 255 / (2^n - 1), rounded down; of 16 bits the high
 *       byte;
 *   <li>but grey of 9 to 16 bits without alpha is cut off at 255, as Pillow does (its numbers count
 *       as counts, not as brightness), unless {@link SixteenBit#SCALE} is asked for; so are wider
 *       and signed numbers and those with a point;
 *   <li>colours multiplied by alpha are divided by it after that.
 * </ul>
 *
 * Java's own conversions are avoided on purpose: they go through colour spaces and change grey
 * values. They are used only for models that are none of these.
 */
final class RgbPixels {
  private static final int WIDE_BITS = 16;

  private final Raster raster;
  private final boolean clipsGrey;
  private final int greyBits;
  private final byte[] rgb;
  private byte @Nullable [] alpha;
  private long clipped;

  private RgbPixels(Raster raster, boolean clipsGrey, int greyBits) {
    this.raster = raster;
    this.clipsGrey = clipsGrey;
    this.greyBits = greyBits;
    rgb = new byte[Math.toIntExact(3L * raster.getWidth() * raster.getHeight())];
  }

  /**
   * A picture that nobody else has, so that the result may take its memory.
   *
   * @param clipsGrey whether 16-bit grey is cut off at 255
   */
  static Layers ofOwn(BufferedImage picture, boolean clipsGrey) {
    byte @Nullable [] rgb = InPlace.rgb(picture);
    return rgb == null
        ? of(picture, clipsGrey)
        : Layers.opaque(new ImageSize(picture.getWidth(), picture.getHeight()), rgb);
  }

  /** A picture whose grey counts as Pillow's where it has no alpha. */
  static Layers of(BufferedImage picture, SixteenBit sixteenBit) {
    return of(picture, sixteenBit, WIDE_BITS);
  }

  /**
   * The same.
   *
   * @param greyBits how many bits the file has of each sample of 16, 9 to 16
   */
  static Layers of(BufferedImage picture, SixteenBit sixteenBit, int greyBits) {
    boolean onlyGrey = picture.getRaster().getNumBands() == 1;
    return of(picture, onlyGrey && sixteenBit == SixteenBit.REFERENCE, greyBits);
  }

  /**
   * A picture's samples.
   *
   * @param clipsGrey whether 16-bit grey is cut off at 255
   */
  static Layers of(BufferedImage picture, boolean clipsGrey) {
    return of(picture, clipsGrey, WIDE_BITS);
  }

  /** A picture whose first four bands are inks, whatever its colour model says. */
  static Layers ofInk(BufferedImage picture) {
    RgbPixels pixels = new RgbPixels(picture.getRaster(), /* clipsGrey= */ false, WIDE_BITS);
    pixels.subtract();
    return pixels.layers();
  }

  private static Layers of(BufferedImage picture, boolean clipsGrey, int greyBits) {
    RgbPixels pixels = new RgbPixels(picture.getRaster(), clipsGrey, greyBits);
    ColorModel model = picture.getColorModel();
    if (model instanceof IndexColorModel palette) {
      pixels.lookUp(palette);
    } else if (pixels.isPlain(model)) {
      pixels.copy(model.hasAlpha());
      if (model.hasAlpha() && model.isAlphaPremultiplied()) {
        pixels.divide();
      }
    } else if (pixels.isCounts()) {
      pixels.clip();
    } else if (pixels.isInk(model)) {
      pixels.subtract();
    } else {
      pixels.convert(picture);
    }
    return pixels.layers();
  }

  private Layers layers() {
    ImageSize size = new ImageSize(raster.getWidth(), raster.getHeight());
    Layers layers = Layers.opaque(size, rgb).withAlpha(alpha);
    if (clipped == 0) {
      return layers;
    }
    long percent = Math.max(1, 100 * clipped / size.pixels());
    return layers.with(
        new PictureNote(
            PictureNote.Kind.SIXTEEN_BITS_CLIPPED,
            "its "
                + greyBits
                + "-bit grey was cut off at 255, as in the reference: "
                + percent
                + " % of its pixels became white; SixteenBit.SCALE, --sixteen-bit scale on the"
                + " command line, keeps the whole range"));
  }

  /** Grey or RGB in unsigned samples of at most 16 bits, with or without straight alpha. */
  private boolean isPlain(ColorModel model) {
    int type = model.getColorSpace().getType();
    int colors = model.getNumColorComponents();
    boolean known =
        (type == ColorSpace.TYPE_RGB && colors == 3)
            || (type == ColorSpace.TYPE_GRAY && colors == 1);
    boolean unsigned =
        switch (raster.getTransferType()) {
          case DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT -> true;
          case DataBuffer.TYPE_INT ->
              Arrays.stream(raster.getSampleModel().getSampleSize()).allMatch(bits -> bits <= 16);
          default -> false;
        };
    boolean straight = !(model.hasAlpha() && model.isAlphaPremultiplied());
    return known && unsigned && (straight || raster.getTransferType() != DataBuffer.TYPE_INT);
  }

  /** One band of numbers that are no brightness: wide, signed or with a point. */
  private boolean isCounts() {
    return raster.getNumBands() == 1
        && switch (raster.getTransferType()) {
          case DataBuffer.TYPE_INT,
              DataBuffer.TYPE_SHORT,
              DataBuffer.TYPE_FLOAT,
              DataBuffer.TYPE_DOUBLE ->
              true;
          default -> false;
        };
  }

  private boolean isInk(ColorModel model) {
    return model.getColorSpace().getType() == ColorSpace.TYPE_CMYK
        && (raster.getTransferType() == DataBuffer.TYPE_BYTE
            || raster.getTransferType() == DataBuffer.TYPE_USHORT)
        && raster.getNumBands() == 4;
  }

  private void lookUp(IndexColorModel palette) {
    int[] colors = new int[1 << palette.getPixelSize()];
    palette.getRGBs(colors);
    int[] row = new int[raster.getWidth()];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
      for (int x = 0; x < row.length; x++) {
        row[x] = colors[row[x]];
      }
      put(row, y, palette.hasAlpha());
    }
  }

  /**
   * One row.
   *
   * @param colors 0xAARRGGBB
   */
  private void put(int[] colors, int y, boolean hasAlpha) {
    int pixel = y * colors.length;
    for (int color : colors) {
      rgb[3 * pixel] = (byte) (color >> 16);
      rgb[3 * pixel + 1] = (byte) (color >> 8);
      rgb[3 * pixel + 2] = (byte) color;
      if (hasAlpha) {
        alpha()[pixel] = (byte) (color >>> 24);
      }
      pixel++;
    }
  }

  private byte[] alpha() {
    if (alpha == null) {
      alpha = new byte[rgb.length / 3];
    }
    return alpha;
  }

  private void copy(boolean hasAlpha) {
    int bands = raster.getNumBands();
    int colors = bands < 3 ? 1 : 3;
    byte[][] eightBit = new byte[bands][];
    for (int band = 0; band < bands; band++) {
      eightBit[band] = toEightBit(raster.getSampleModel().getSampleSize(band), band < colors);
    }
    int[] row = new int[raster.getWidth() * bands];
    int white = 256 << (WIDE_BITS - greyBits); // from here on grey is cut off
    int pixel = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
      for (int at = 0; at < row.length; at += bands, pixel++) {
        for (int c = 0; c < 3; c++) {
          int band = colors == 1 ? 0 : c;
          rgb[3 * pixel + c] = eightBit[band][row[at + band]];
        }
        if (clipsGrey && row[at] >= white) {
          clipped++;
        }
        if (hasAlpha) {
          alpha()[pixel] = eightBit[colors][row[at + colors]];
        }
      }
    }
  }

  /** Undoes the multiplication of colours by alpha. */
  private void divide() {
    byte[] opacity = alpha();
    for (int at = 0; at < rgb.length; at++) {
      int a = opacity[at / 3] & 0xff;
      rgb[at] = a == 0 ? 0 : (byte) Math.min(255, (rgb[at] & 0xff) * 255 / a);
    }
  }

  /** Table from a sample of so many bits to a byte. */
  private byte[] toEightBit(int bits, boolean color) {
    byte[] table = new byte[1 << bits];
    int max = table.length - 1;
    for (int v = 0; v <= max; v++) {
      int wide = color && clipsGrey ? Math.min(v >> (WIDE_BITS - greyBits), 255) : v >> (bits - 8);
      table[v] = (byte) (bits > 8 ? wide : v * 255 / max);
    }
    return table;
  }

  /** Grey levels below 0 and above 255 are cut off, and what lies behind the point. */
  private void clip() {
    double[] row = new double[raster.getWidth()];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, row.length, 1, row);
      for (int x = 0; x < row.length; x++) {
        int pixel = y * row.length + x;
        Arrays.fill(rgb, 3 * pixel, 3 * pixel + 3, (byte) Math.max(0, Math.min(255, row[x])));
      }
    }
  }

  /** Cyan, magenta, yellow and black of the first four bands, 16 bits by their high byte. */
  private void subtract() {
    int bands = raster.getNumBands();
    int spare = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
    int[] row = new int[bands * raster.getWidth()];
    byte[] inks = new byte[4 * raster.getWidth()];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
      for (int i = 0; i < inks.length; i++) {
        int ink = row[i / 4 * bands + i % 4] >> spare;
        inks[i] = (byte) (i % 4 == 3 ? 255 - ink : ink);
      }
      byte[] light = JpegColors.inkToRgb(inks, /* inverted= */ false);
      System.arraycopy(light, 0, rgb, y * light.length, light.length);
    }
  }

  private void convert(BufferedImage picture) {
    int[] row = new int[picture.getWidth()];
    for (int y = 0; y < picture.getHeight(); y++) {
      picture.getRGB(0, y, row.length, 1, row, 0, row.length);
      put(row, y, picture.getColorModel().hasAlpha());
    }
  }
}
