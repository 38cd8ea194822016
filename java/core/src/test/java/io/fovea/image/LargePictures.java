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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/** Pictures of any size in the formats and kinds of samples that take different amounts of heap. */
final class LargePictures {
  private static final Map<String, Integer> PNG_CHANNELS =
      new LinkedHashMap<>(Map.of("0", 1, "2", 3, "4", 2, "6", 4));

  private LargePictures() {}

  /** Writes one of each: PNG in all colour types and depths, JPEG, BMP, GIF and TIFF. */
  static List<Path> write(Path folder, int width, int height) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, Integer> color : PNG_CHANNELS.entrySet()) {
      for (int bits : new int[] {8, 16}) {
        byte[] png = png(width, height, color.getKey().charAt(0) - '0', color.getValue() * bits);
        Path file = folder.resolve("color" + color.getKey() + "-" + bits + ".png");
        files.add(Files.write(file, png));
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
   * A PNG file whose rows are the numbers from 0 on.
   *
   * @param color its colour type
   * @param bits of a pixel; of 16 a sample where they divide so, else 8
   */
  private static byte[] png(int width, int height, int color, int bits) throws IOException {
    int channels = Objects.requireNonNull(PNG_CHANNELS.get(String.valueOf(color)));
    byte[] header =
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) (bits / channels))
            .put((byte) color)
            .array();
    byte[] row = new byte[1 + width * bits / 8];
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
