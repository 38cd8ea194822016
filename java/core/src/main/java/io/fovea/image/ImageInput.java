package io.fovea.image;

import io.fovea.InvalidRequestException;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a picture comes from. Nothing is read before {@link ImageDecoder#decode}. No argument may
 * be null.
 */
public sealed interface ImageInput permits DecodedInput, EncodedInput, PictureInput, PixelsInput {
  /** What messages call the picture: a path, or a description. */
  String name();

  /** A JPEG, PNG, GIF, BMP, WebP or TIFF file. */
  static ImageInput of(Path file) {
    Objects.requireNonNull(file, "file");
    return new EncodedInput(file.toString(), new EncodedInput.FileSource(file));
  }

  /** The bytes of such a file; not copied, so leave them unchanged until they are decoded. */
  static ImageInput of(byte[] encoded) {
    Objects.requireNonNull(encoded, "encoded");
    return new EncodedInput(
        "image of " + encoded.length + " bytes", new EncodedInput.ArraySource(encoded));
  }

  /**
   * A stream of such bytes; read to its end or the size limit, and not closed. It is read once: a
   * second decoding of this input is refused.
   */
  static ImageInput of(InputStream encoded) {
    Objects.requireNonNull(encoded, "encoded");
    return new EncodedInput("image stream", new EncodedInput.StreamSource(encoded));
  }

  /**
   * A picture that was decoded before, with its notes; not copied, so leave it unchanged. Neither
   * orientation nor transparency count any more.
   */
  static ImageInput of(RgbImage decoded) {
    return new DecodedInput(Objects.requireNonNull(decoded, "decoded"));
  }

  /** A picture in memory. Its sample values are taken as they are; a colour profile is ignored. */
  static ImageInput of(BufferedImage picture) {
    return new PictureInput(Objects.requireNonNull(picture, "picture"));
  }

  /**
   * Uncompressed pixels: rows from the top, three bytes R, G, B for each pixel. The buffer is read
   * from its position; position and limit stay as they are.
   *
   * @param width in pixels, at least 1
   * @param height in pixels, at least 1
   * @param strideBytes from one row's first byte to the next row's, at least 3 * width
   * @throws InvalidRequestException when the buffer is too short for these numbers
   */
  static ImageInput rgb(ByteBuffer pixels, int width, int height, int strideBytes) {
    Objects.requireNonNull(pixels, "pixels");
    return PixelsInput.checked(pixels, width, height, strideBytes);
  }
}
