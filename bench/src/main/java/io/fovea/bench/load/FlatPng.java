package io.fovea.bench.load;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * A PNG of one colour with some rectangles: a small file with a very large picture. It is written
 * row by row; no more than a row is held in memory.
 */
final class FlatPng {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int CHUNK_BYTES = 1 << 16;
  private static final int CHANNELS = 3;
  private static final int BITS = 8;
  private static final int TRUE_COLOUR = 2;
  private static final int RECTANGLES = 6;

  /** A rectangle of one colour, 0xRRGGBB; right and bottom are outside. */
  record Rectangle(int left, int top, int right, int bottom, int rgb) {}

  private final int width;
  private final int height;
  private final int ground;
  private final List<Rectangle> rectangles = new ArrayList<>();

  /**
   * Chooses colours and rectangles; later ones lie over earlier ones.
   *
   * @param width in pixels, at least 16
   * @param height in pixels, at least 16
   */
  FlatPng(int width, int height, long seed) {
    this.width = width;
    this.height = height;
    SplittableRandom random = new SplittableRandom(seed);
    ground = random.nextInt(1 << 24);
    for (int i = 0; i < RECTANGLES; i++) {
      int left = random.nextInt(width * 3 / 4);
      int top = random.nextInt(height * 3 / 4);
      int right = left + 1 + random.nextInt(width / 4);
      int bottom = top + 1 + random.nextInt(height / 4);
      rectangles.add(new Rectangle(left, top, right, bottom, random.nextInt(1 << 24)));
    }
  }

  int ground() {
    return ground;
  }

  List<Rectangle> rectangles() {
    return List.copyOf(rectangles);
  }

  void write(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      out.write(SIGNATURE);
      chunk(out, "IHDR", header());
      Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
      try (OutputStream rows =
          new DeflaterOutputStream(
              new BufferedOutputStream(new DataChunks(out), CHUNK_BYTES), deflater, CHUNK_BYTES)) {
        writeRows(rows);
      } finally {
        deflater.end();
      }
      chunk(out, "IEND", new byte[0]);
    }
  }

  private byte[] header() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream header = new DataOutputStream(bytes);
    header.writeInt(width);
    header.writeInt(height);
    header.write(new byte[] {BITS, TRUE_COLOUR, 0, 0, 0});
    return bytes.toByteArray();
  }

  /** Each row: filter 0, then R, G, B of each pixel. A row like the one before is not made anew. */
  private void writeRows(OutputStream out) throws IOException {
    byte[] row = new byte[1 + CHANNELS * width];
    List<Rectangle> drawn = List.of();
    fill(row, 0, width, ground);
    for (int y = 0; y < height; y++) {
      int line = y;
      List<Rectangle> here =
          rectangles.stream().filter(r -> r.top() <= line && line < r.bottom()).toList();
      if (!here.equals(drawn)) {
        fill(row, 0, width, ground);
        here.forEach(r -> fill(row, r.left(), r.right(), r.rgb()));
        drawn = here;
      }
      out.write(row);
    }
  }

  private static void fill(byte[] row, int left, int right, int rgb) {
    for (int x = left; x < right; x++) {
      int at = 1 + CHANNELS * x;
      row[at] = (byte) (rgb >> 16);
      row[at + 1] = (byte) (rgb >> 8);
      row[at + 2] = (byte) rgb;
    }
  }

  private static void chunk(OutputStream out, String type, byte[] content) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(content);
    DataOutputStream data = new DataOutputStream(out);
    data.writeInt(content.length);
    data.write(name);
    data.write(content);
    data.writeInt((int) crc.getValue());
    data.flush();
  }

  /** Makes one IDAT chunk of each array written; closing it leaves the file open. */
  private static final class DataChunks extends OutputStream {
    private final OutputStream file;

    DataChunks(OutputStream file) {
      this.file = file;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      byte[] content = new byte[length];
      System.arraycopy(bytes, offset, content, 0, length);
      chunk(file, "IDAT", content);
    }
  }
}
