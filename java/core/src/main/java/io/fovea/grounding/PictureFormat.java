package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** The file formats that pictures are written in. */
public enum PictureFormat {
  /** Exact. */
  PNG,
  /** Small; lines and letters stay clear. */
  JPEG;

  private static final float JPEG_QUALITY = 0.95f; // 0..1; the scale of libjpeg over 100

  /**
   * The format that a file's name asks for by its extension: .png, .jpg or .jpeg, in any case.
   *
   * @throws InvalidRequestException for any other name
   */
  public static PictureFormat of(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".png")) {
      return PNG;
    }
    if (name.endsWith(".jpg") || name.endsWith(".jpeg")) {
      return JPEG;
    }
    throw new InvalidRequestException(
        "'" + file + "' does not end in .png, .jpg or .jpeg, the formats that can be written",
        "give it such a name");
  }

  /** Writes a picture without transparency; {@code out} stays open. */
  void write(BufferedImage picture, OutputStream out) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName(name()).next(); // every JDK has both
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      writer.setOutput(stream);
      ImageWriteParam options = writer.getDefaultWriteParam();
      if (this == JPEG) {
        options.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        options.setCompressionQuality(JPEG_QUALITY);
      }
      writer.write(null, new IIOImage(picture, null, null), options);
    } finally {
      writer.dispose();
    }
  }
}
