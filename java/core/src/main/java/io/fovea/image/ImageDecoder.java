package io.fovea.image;

import io.fovea.ImageException;
import io.fovea.ImageSize;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.stream.Stream;

/**
 * Pictures to RGB bytes, the same that the reference gets from Pillow's {@code convert("RGB")}:
 * identical for PNG, GIF, BMP, lossless WebP and, with the JPEG decoders of JDK 17 to 25, for JPEG
 * (another JDK's inverse DCT may differ by 2 in a sample). Lossy WebP differs by up to about 20 at
 * the edges of colours, because the plug-in widens colour planes more simply. Immutable and
 * thread-safe.
 *
 * @param limits checked before pixels are decoded
 * @param orientation of JPEG and PNG files
 */
public record ImageDecoder(ImageLimits limits, ExifOrientation orientation) {
  /** Default limits, orientation ignored. */
  public static final ImageDecoder DEFAULT =
      new ImageDecoder(ImageLimits.DEFAULT, ExifOrientation.IGNORE);

  /**
   * Decodes one picture; of an animation the first frame.
   *
   * @throws ImageException when the picture cannot be read, is damaged or exceeds the limits
   */
  public RgbImage decode(ImageInput input) {
    if (input instanceof EncodedInput encoded) {
      return decode(encoded.name(), encoded.read(limits.maxBytes()));
    }
    if (input instanceof PictureInput memory) {
      checkSize(memory.name(), memory.picture().getWidth(), memory.picture().getHeight());
      return RgbPixels.of(memory.picture());
    }
    PixelsInput pixels = (PixelsInput) input;
    checkSize(pixels.name(), pixels.size().width(), pixels.size().height());
    return pixels.packed();
  }

  private RgbImage decode(String name, byte[] file) {
    ImageFormat format =
        Stream.of(ImageFormat.values())
            .filter(candidate -> candidate.matches(file))
            .findFirst()
            .orElseThrow(
                () ->
                    new ImageException(
                        name,
                        "is not a JPEG, PNG, GIF, BMP or WebP file",
                        "convert it to PNG or JPEG, or pass a decoded BufferedImage"));
    try {
      return switch (format) {
        case JPEG -> jpeg(name, file);
        case PNG -> png(name, file);
        case GIF -> gif(name, file);
        case BMP -> other(name, file, format);
        case WEBP -> other(name, WebpFile.plain(file), format);
      };
    } catch (ImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // readers meet damage with exceptions of any kind
      throw new ImageException(
          name,
          "cannot be decoded as " + format + " (" + e.getMessage() + ")",
          "the file is damaged or unusual: save it again as PNG or JPEG",
          e);
    }
  }

  private RgbImage jpeg(String name, byte[] file) throws IOException {
    JpegHeader header = JpegHeader.read(new FileBytes(file));
    ImageSize size = checkSize(name, header.width(), header.height());
    byte[] samples = FormatReader.readSamples(ImageFormat.JPEG, file, header.components());
    RgbImage stored = new RgbImage(size, JpegColors.toRgb(samples, header.color()));
    return upright(stored, file, header.exifAt(), header.exifEnd());
  }

  private RgbImage png(String name, byte[] file) throws IOException {
    PngHeader header = PngHeader.read(new FileBytes(file));
    checkSize(name, header.width(), header.height());
    RgbImage stored = RgbPixels.of(FormatReader.read(ImageFormat.PNG, file));
    return upright(stored, file, header.exifAt(), header.exifEnd());
  }

  private RgbImage upright(RgbImage stored, byte[] file, int exifAt, int exifEnd) {
    return orientation == ExifOrientation.IGNORE
        ? stored
        : Orientation.upright(stored, ExifTag.orientation(file, exifAt, exifEnd));
  }

  private RgbImage gif(String name, byte[] file) throws IOException {
    GifHeader header = GifHeader.read(new FileBytes(file));
    checkSize(name, header.width(), header.height());
    BufferedImage frame = FormatReader.read(ImageFormat.GIF, file);
    int fill = ((IndexColorModel) frame.getColorModel()).getRGB(header.background());
    return header.onScreen(RgbPixels.of(frame), fill);
  }

  private RgbImage other(String name, byte[] file, ImageFormat format) throws IOException {
    long[] size = FormatReader.dimensions(format, file);
    checkSize(name, size[0], size[1]);
    return RgbPixels.of(FormatReader.read(format, file));
  }

  private ImageSize checkSize(String name, long width, long height) {
    if (width < 1 || height < 1) {
      throw new ImageException(
          name, "claims " + width + "x" + height + " pixels", "give a picture that is not empty");
    }
    if (Math.max(width, height) > limits.maxPixels() || width * height > limits.maxPixels()) {
      throw new ImageException(
          name,
          "claims "
              + width
              + "x"
              + height
              + " pixels, more than the limit of "
              + limits.maxPixels(),
          "give a smaller picture, or raise ImageLimits.maxPixels");
    }
    return new ImageSize((int) width, (int) height);
  }
}
