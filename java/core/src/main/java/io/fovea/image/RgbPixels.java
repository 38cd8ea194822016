package io.fovea.image;

import io.fovea.ImageSize;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * Samples of a picture in memory to RGB bytes by the rules of Pillow's {@code convert("RGB")}:
 *
 * <ul>
 *   <li>alpha is dropped, not blended; a colour profile is ignored;
 *   <li>grey is replicated, palette indices are looked up;
 *   <li>samples of n &lt; 8 bits become v * 255 / (2^n - 1), rounded down; of 16 bits the high
 *       byte;
 *   <li>but 16-bit grey without alpha is cut off at 255, as Pillow does (its numbers count as
 *       counts, not as brightness).
 * </ul>
 *
 * Java's own conversions are avoided on purpose: they go through colour spaces and change grey
 * values. They are used only for models that are neither grey, RGB nor palette, and to undo
 * premultiplied alpha.
 */
final class RgbPixels {
  private RgbPixels() {}

  static RgbImage of(BufferedImage picture) {
    ImageSize size = new ImageSize(picture.getWidth(), picture.getHeight());
    byte[] rgb = new byte[Math.toIntExact(3 * size.pixels())];
    ColorModel model = picture.getColorModel();
    if (model instanceof IndexColorModel palette) {
      lookUp(picture.getRaster(), palette, rgb);
    } else if (isPlain(model, picture.getRaster())) {
      copy(picture.getRaster(), rgb);
    } else {
      convert(picture, rgb);
    }
    return new RgbImage(size, rgb);
  }

  /** Grey or RGB in unsigned samples of at most 16 bits, with or without straight alpha. */
  private static boolean isPlain(ColorModel model, Raster raster) {
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
    return known && unsigned && !(model.hasAlpha() && model.isAlphaPremultiplied());
  }

  private static void lookUp(Raster raster, IndexColorModel palette, byte[] rgb) {
    int[] colors = new int[1 << palette.getPixelSize()];
    palette.getRGBs(colors);
    int[] row = new int[raster.getWidth()];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
      at = put(row, colors, rgb, at);
    }
  }

  private static int put(int[] indices, int[] colors, byte[] rgb, int from) {
    int at = from;
    for (int index : indices) {
      int color = colors[index];
      rgb[at++] = (byte) (color >> 16);
      rgb[at++] = (byte) (color >> 8);
      rgb[at++] = (byte) color;
    }
    return at;
  }

  private static void copy(Raster raster, byte[] rgb) {
    int bands = raster.getNumBands();
    int colors = bands < 3 ? 1 : 3;
    byte[][] eightBit = new byte[colors][];
    for (int band = 0; band < colors; band++) {
      eightBit[band] = toEightBit(raster.getSampleModel().getSampleSize(band), bands == 1);
    }
    int[] row = new int[raster.getWidth() * bands];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
      for (int pixel = 0; pixel < row.length; pixel += bands) {
        for (int c = 0; c < 3; c++) {
          int band = colors == 1 ? 0 : c;
          rgb[at++] = eightBit[band][row[pixel + band]];
        }
      }
    }
  }

  /** Table from a sample of so many bits to a byte. */
  private static byte[] toEightBit(int bits, boolean onlyBand) {
    byte[] table = new byte[1 << bits];
    int max = table.length - 1;
    for (int v = 0; v <= max; v++) {
      int wide = onlyBand ? Math.min(v, 255) : v >> (bits - 8);
      table[v] = (byte) (bits > 8 ? wide : v * 255 / max);
    }
    return table;
  }

  private static void convert(BufferedImage picture, byte[] rgb) {
    int[] row = new int[picture.getWidth()];
    int at = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      picture.getRGB(0, y, row.length, 1, row, 0, row.length);
      for (int color : row) {
        rgb[at++] = (byte) (color >> 16);
        rgb[at++] = (byte) (color >> 8);
        rgb[at++] = (byte) color;
      }
    }
  }
}
