package io.fovea.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/** Pictures of any size in the formats and kinds of samples that take different amounts of heap. */
final class LargePictures {
  /** A colour type of PNG and how many samples a pixel of it has. */
  private record PngColor(int type, int channels) {}

  private static final List<PngColor> PNG_COLORS =
      List.of(new PngColor(0, 1), new PngColor(2, 3), new PngColor(4, 2), new PngColor(6, 4));

  private LargePictures() {}

  /** Writes one of each: PNG in all colour types and depths, JPEG, BMP, GIF and TIFF. */
  static List<Path> write(Path folder, int width, int height) throws IOException {
    List<Path> files = new ArrayList<>();
    for (PngColor color : PNG_COLORS) {
      for (int bits : new int[] {8, 16}) {
        Path file = folder.resolve("color" + color.type() + "-" + bits + ".png");
        files.add(Files.write(file, png(width, height, color, bits)));
      }
    }
    BufferedImage rgb = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    BufferedImage grey = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    byte[] levels = {0, 60, 120, (byte) 180, (byte) 255};
    BufferedImage palette =
        new BufferedImage(
            width,
            height,
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, levels.length, levels, levels, levels, 2));
    for (BufferedImage picture : List.of(rgb, grey, palette)) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          picture.setRGB(x, y, 0xff << 24 | (x % 251) << 16 | (y % 241) << 8 | (x + y) % 256);
        }
      }
    }
    files.add(write(rgb, "jpeg", folder.resolve("rgb.jpg")));
    files.add(write(grey, "jpeg", folder.resolve("grey.jpg")));
    files.add(write(rgb, "bmp", folder.resolve("rgb.bmp")));
    files.add(write(grey, "bmp", folder.resolve("grey.bmp")));
    files.add(write(palette, "png", folder.resolve("palette.png")));
    files.add(write(palette, "gif", folder.resolve("palette.gif")));
    files.add(write(rgb, "tiff", folder.resolve("rgb.tif")));
    files.add(write(grey, "tiff", folder.resolve("grey.tif")));
    return files;
  }

  private static Path write(BufferedImage picture, String format, Path file) throws IOException {
    if (!ImageIO.write(picture, format, file.toFile())) {
      throw new IOException("no writer for " + format);
    }
    return file;
  }

  /**
   * A PNG file whose rows are the bytes from 1 on.
   *
   * @param bits of a sample
   */
  private static byte[] png(int width, int height, PngColor color, int bits) throws IOException {
    byte[] header =
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) bits)
            .put((byte) color.type())
            .array();
    byte[] row = new byte[1 + width * color.channels() * bits / 8];
    for (int i = 1; i < row.length; i++) {
      row[i] = (byte) i;
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (DeflaterOutputStream rows = new DeflaterOutputStream(data)) {
      for (int y = 0; y < height; y++) {
        rows.write(row);
      }
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
    chunk(file, "IHDR", header);
    chunk(file, "IDAT", data.toByteArray());
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream file, String kind, byte[] content) {
    byte[] body =
        ByteBuffer.allocate(4 + content.length)
            .put(kind.getBytes(StandardCharsets.US_ASCII))
            .put(content)
            .array();
    CRC32 checksum = new CRC32();
    checksum.update(body);
    file.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
    file.writeBytes(body);
    file.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
  }
}
