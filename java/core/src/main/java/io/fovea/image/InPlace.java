package io.fovea.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Bytes of a picture that are RGB already, or the other way round: no second array for them. */
final class InPlace {
  private static final int[] RGB = {0, 1, 2};
  private static final int[] BGR = {2, 1, 0};

  private InPlace() {}

  /**
   * The picture's own array, with its samples in the order R, G, B: [height, width, 3]. Null, and
   * nothing changed, where it is not opaque RGB of 8 bits without gaps.
   */
  static byte @Nullable [] rgb(BufferedImage picture) {
    Raster raster = picture.getRaster();
    if (!isPlain(picture.getColorModel())
        || !(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || !isWhole(raster, model, buffer)) {
      return null;
    }
    byte[] samples = buffer.getData();
    if (Arrays.equals(model.getBandOffsets(), RGB)) {
      return samples;
    }
    if (!Arrays.equals(model.getBandOffsets(), BGR)) {
      return null;
    }
    for (int at = 0; at < samples.length; at += 3) {
      byte blue = samples[at];
      samples[at] = samples[at + 2];
      samples[at + 2] = blue;
    }
    return samples;
  }

  private static boolean isPlain(ColorModel model) {
    return model.getColorSpace().getType() == ColorSpace.TYPE_RGB
        && !model.hasAlpha()
        && Arrays.equals(model.getComponentSize(), new int[] {8, 8, 8});
  }

  /** Whether the array holds this picture's three samples a pixel and nothing else. */
  private static boolean isWhole(
      Raster raster, PixelInterleavedSampleModel model, DataBufferByte buffer) {
    long width = raster.getWidth();
    return model.getPixelStride() == 3
        && model.getScanlineStride() == 3 * width
        && raster.getSampleModelTranslateX() == raster.getMinX()
        && raster.getSampleModelTranslateY() == raster.getMinY()
        && buffer.getNumBanks() == 1
        && buffer.getOffset() == 0
        && buffer.getData().length == 3 * width * raster.getHeight();
  }
}
