package io.fovea.image;

import io.fovea.ImageSize;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a PNG file that pixels depend on. As Pillow does it: what is missing after the last
 * row, wrong in a checksum or damaged beside the pixels is no reason to refuse a picture.
 */
final class PngFile {
  private static final int SIGNATURE_BYTES = 8;
  private static final int CHUNK_OVERHEAD = 12; // length, type, checksum
  private static final int HEADER_BYTES = 13;
  private static final int GREY = 0;
  private static final int RGB = 2;
  private static final int INDEXED = 3;
  private static final int GREY_ALPHA = 4;
  private static final int RGB_ALPHA = 6;

  private final FileBytes file;
  private final List<Range> data = new ArrayList<>(); // the pixels, compressed
  private long dataBytes;
  private byte[] header = {};
  private byte[] palette = {};
  private byte[] transparency = {};
  private boolean dataEnded;
  private int exifAt;
  private int exifEnd;
  private int frames = 1;
  private @Nullable String profile;

  /** A part of the file; {@code end} is behind it. */
  private record Range(int begin, int end) {}

  private PngFile(FileBytes file) {
    this.file = file;
  }

  /**
   * Walks the chunks.
   *
   * @throws IIOException where there is no header
   */
  static PngFile read(FileBytes file) throws IIOException {
    PngFile png = new PngFile(file);
    int at = SIGNATURE_BYTES;
    while (at + 8 <= file.length() && !file.has("IEND", at + 4)) {
      int begin = at + 8;
      int end = (int) Math.min(file.length(), begin + file.u32(at));
      png.chunk(new String(file.bytes(), at + 4, 4, StandardCharsets.ISO_8859_1), begin, end);
      at = (int) Math.min(file.length(), begin + file.u32(at) + 4);
    }
    if (png.header.length < HEADER_BYTES) {
      throw new IIOException("it has no header");
    }
    return png;
  }

  private void chunk(String kind, int begin, int end) throws IIOException {
    byte[] content = file.bytes();
    boolean early = dataBytes == 0;
    switch (kind) {
      case "IHDR" ->
          header = Arrays.copyOfRange(content, begin, Math.min(end, begin + HEADER_BYTES));
      case "PLTE" -> palette = early ? Arrays.copyOfRange(content, begin, end) : palette;
      case "tRNS" -> transparency = early ? Arrays.copyOfRange(content, begin, end) : transparency;
      case "IDAT" -> {
        if (!dataEnded) {
          data.add(new Range(begin, end));
          dataBytes += end - begin;
        }
      }
      case "eXIf" -> {
        exifAt = begin;
        exifEnd = end;
      }
      case "acTL" -> frames = end - begin < 4 ? 1 : (int) Math.min(1 << 20, file.u32(begin));
      case "iCCP" -> profile = early ? text(begin, end) : profile;
      default -> {}
    }
    dataEnded |= !kind.equals("IDAT") && dataBytes > 0;
  }

  /** Latin-1 up to a zero. */
  private String text(int begin, int end) {
    String all = new String(file.bytes(), begin, end - begin, StandardCharsets.ISO_8859_1);
    return all.substring(0, all.indexOf('\0') < 0 ? all.length() : all.indexOf('\0'));
  }

  long width() throws IIOException {
    return new FileBytes(header).u32(0);
  }

  long height() throws IIOException {
    return new FileBytes(header).u32(4);
  }

  private int depth() {
    return header[8] & 0xff;
  }

  private int color() {
    return header[9];
  }

  /** Whether its grey counts as Pillow's 16-bit grey: without an alpha channel. */
  boolean isGrey16() {
    return color() == GREY && depth() == 16;
  }

  /** EXIF's 1..8. */
  int orientation() {
    return ExifTag.orientation(file.bytes(), exifAt, exifEnd);
  }

  /** How many pictures it shows one after another. */
  int frames() {
    return frames;
  }

  /** Name of its colour profile. */
  @Nullable String profile() {
    return profile;
  }

  /** Heap that decoding takes; the copy that {@link #plain} makes counts, too. */
  HeapNeed need(ImageSize size) {
    boolean inPlace = color() == RGB && depth() == 8 && transparency.length == 0;
    boolean hasAlpha = transparency.length > 0 || color() == GREY_ALPHA || color() == RGB_ALPHA;
    int channels =
        switch (color()) {
          case RGB, RGB_ALPHA -> hasAlpha ? 4 : 3;
          case GREY, GREY_ALPHA -> hasAlpha ? 2 : 1;
          default -> 1;
        };
    return HeapNeed.of(size)
        .withAlpha(hasAlpha)
        .and(file.length())
        .perPixel(inPlace ? 0 : channels * (depth() > 8 ? 2 : 1));
  }

  /**
   * The same picture in a sound file: no other chunks, right checksums, a whole palette, an end.
   *
   * @throws IIOException where there is no pixel
   */
  byte[] plain() throws IIOException {
    if (dataBytes == 0) {
      throw new IIOException("the file is truncated: it has no pixels");
    }
    header[10] = 0; // there is one compression
    byte[] colors = color() == INDEXED ? wholePalette() : new byte[0];
    byte[] clear = wholeTransparency();
    long chunks = 3L + (colors.length > 0 ? 1 : 0) + (clear.length > 0 ? 1 : 0);
    long bytes =
        SIGNATURE_BYTES
            + chunks * CHUNK_OVERHEAD
            + (header.length + colors.length + clear.length + dataBytes);
    ByteBuffer plain = ByteBuffer.allocate(Math.toIntExact(bytes));
    plain.put(file.bytes(), 0, SIGNATURE_BYTES);
    write(plain, "IHDR", header);
    if (colors.length > 0) {
      write(plain, "PLTE", colors);
    }
    if (clear.length > 0) {
      write(plain, "tRNS", clear);
    }
    int begin = begin(plain, "IDAT");
    data.forEach(range -> plain.put(file.bytes(), range.begin(), range.end() - range.begin()));
    end(plain, begin);
    write(plain, "IEND", new byte[0]);
    return plain.array();
  }

  /** What is transparent, where that is whole; else nothing. */
  private byte[] wholeTransparency() {
    int needed = color() == GREY ? 2 : color() == RGB ? 6 : color() == INDEXED ? 1 : 257;
    if (transparency.length < needed) {
      return new byte[0];
    }
    int most = color() == INDEXED ? 1 << Math.min(8, depth()) : needed;
    return Arrays.copyOf(transparency, Math.min(most, transparency.length));
  }

  /** Indices beyond the palette are black, as in Pillow. */
  private byte[] wholePalette() throws IIOException {
    if (depth() > 8) {
      throw new IIOException("its palette has indices of " + depth() + " bits");
    }
    byte[] whole = new byte[3 << depth()];
    System.arraycopy(palette, 0, whole, 0, Math.min(palette.length / 3 * 3, whole.length));
    return whole;
  }

  private static void write(ByteBuffer out, String kind, byte[] content) {
    int begin = begin(out, kind);
    out.put(content);
    end(out, begin);
  }

  /** Begins a chunk; returns where. */
  private static int begin(ByteBuffer out, String kind) {
    int begin = out.position();
    out.putInt(0).put(kind.getBytes(StandardCharsets.US_ASCII));
    return begin;
  }

  /** Writes the length and the checksum of the chunk that began there. */
  private static void end(ByteBuffer out, int begin) {
    int bytes = out.position() - begin;
    out.putInt(begin, bytes - 8);
    CRC32 checksum = new CRC32();
    checksum.update(out.array(), begin + 4, bytes - 4);
    out.putInt((int) checksum.getValue());
  }
}
