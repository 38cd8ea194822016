package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.image.ExifOrientation;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.ImageLimits;
import io.fovea.image.SixteenBit;
import io.fovea.image.Transparency;
import java.util.Arrays;
import java.util.List;

/** Picture files of every format, with every option that looks at more of them. */
public final class ImageFuzzer {
  private static final ImageDecoder DECODER =
      new ImageDecoder(
          new ImageLimits(1 << 18, 1 << 22),
          ExifOrientation.APPLY,
          Transparency.CHECKER,
          SixteenBit.REFERENCE);

  private ImageFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) {
    DECODER.decode(ImageInput.of(input));
  }

  static List<byte[]> jpeg() {
    return files(
        "jpeg-420.jpg",
        "jpeg-grey.jpg",
        "jpeg-cmyk.jpg",
        "jpeg-progressive-422.jpg",
        "jpeg-profile.jpg",
        "jpeg-no-end-trailer-restart.jpg",
        "orientation-6.jpg");
  }

  static List<byte[]> png() {
    return files(
        "png-color0-depth16-interlace0.png",
        "png-color2-depth8-interlace1.png",
        "png-color3-depth4-interlace0.png",
        "png-color6-depth8-interlace0.png",
        "png-palette-transparent.png",
        "png-no-end.png",
        "png-profile.png",
        "png-animated.png",
        "orientation-6.png");
  }

  static List<byte[]> gif() {
    return files(
        "gif-palette.gif",
        "gif-animated.gif",
        "gif-small-frame-transparent.gif",
        "gif-grey.gif",
        "gif-interlaced-own-palette.gif",
        "gif-code-bits-11.gif");
  }

  static List<byte[]> bmp() {
    return files(
        "bmp-bilevel.bmp",
        "bmp-palette.bmp",
        "bmp-rle8.bmp",
        "bmp-rle4.bmp",
        "bmp-24-top-down.bmp",
        "bmp-16-core.bmp",
        "bmp-masks-bgra.bmp",
        "bmp-masks-565.bmp");
  }

  static List<byte[]> webp() {
    return files(
        "webp-lossy-segments.webp",
        "webp-lossy-partitions-8.webp",
        "webp-lossy-17x33.webp",
        "webp-lossy-alpha-f2-c1.webp",
        "webp-lossy-alpha-f1-c0.webp",
        "webp-lossless-alpha.webp",
        "webp-lossless-16-colors.webp",
        "webp-animated-lossy-small-frame.webp",
        "orientation-6.webp");
  }

  static List<byte[]> tiff() {
    return files(
        "tiff-rgb-tiff_lzw.tif",
        "tiff-rgba-packbits.tif",
        "tiff-rgb-jpeg.tif",
        "tiff-bilevel-group4.tif",
        "tiff-bilevel-group3.tif",
        "tiff-cmyk-tiff_adobe_deflate.tif",
        "tiff-grey16-differences.tif",
        "tiff-float-raw.tif",
        "tiff-palette4-big-tiles.tif",
        "tiff-rgb16-little-tiles-planes.tif",
        "tiff-pages.tif",
        "tiff-cmyk16-big-tiles-planes.tif",
        "tiff-grey12.tif",
        "tiff-turned-xmp.tif");
  }

  private static List<byte[]> files(String... names) {
    return Arrays.stream(names).map(name -> Resources.bytes("/image/" + name)).toList();
  }
}
