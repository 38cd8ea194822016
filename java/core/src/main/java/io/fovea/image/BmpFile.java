package io.fovea.image;

import io.fovea.ImageSize;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * A BMP file. Its size field and other fields that nobody needs may be wrong, as in Pillow; masks
 * of colours may lie anywhere.
 */
final class BmpFile {
  private static final int FILE_HEADER_BYTES = 14;
  private static final int CORE_HEADER = 12;
  private static final int INFO_HEADER = 40;
  private static final int MASKED_HEADER = 52; // from here on masks are part of the header
  private static final int ALPHA_HEADER = 56;

  private static final int PLAIN = 0;
  private static final int RUNS_OF_8 = 1;
  private static final int RUNS_OF_4 = 2;
  private static final int MASKED = 3;

  private final FileBytes file;
  private final int headerBytes;
  private final boolean core;
  private final int bits;
  private final int compression;
  private final boolean topDown;
  private final ImageSize size;
  private final int dataAt;
  private int[] masks = {}; // of 16 and 32 bits: red, green, blue, alpha
  private int[] palette = {};

  private BmpFile(Source source) throws IIOException {
    file = source.bytes();
    headerBytes = i32(FILE_HEADER_BYTES);
    core = headerBytes == CORE_HEADER;
    if (!core && (headerBytes < INFO_HEADER || headerBytes > 256)) {
      throw new IIOException("its header has " + headerBytes + " bytes");
    }
    long height = core ? file.u16Little(20) : i32(22);
    size = source.size(core ? file.u16Little(18) : i32(18), Math.abs(height));
    topDown = height < 0;
    bits = file.u16Little(core ? 24 : 28);
    compression = core ? PLAIN : i32(30);
    int afterHeader = FILE_HEADER_BYTES + headerBytes;
    if (bits <= 8) {
      afterHeader = readPalette(afterHeader);
    } else {
      afterHeader = readMasks(afterHeader);
    }
    int offset = i32(10);
    boolean usual = offset > FILE_HEADER_BYTES + headerBytes || (offset > 0 && bits > 8);
    dataAt = usual ? offset : afterHeader;
    source.claim(
        HeapNeed.of(size).withAlpha(masks.length > 0 && masks[3] != 0).perPixel(bits <= 8 ? 1 : 0));
  }

  /** The picture. */
  static Layers read(Source source) throws IIOException {
    return new BmpFile(source).layers();
  }

  private int i32(int at) throws IIOException {
    return (int) file.u32Little(at);
  }

  /** Returns where the palette ends. Indices beyond it are black, as in Pillow. */
  private int readPalette(int at) throws IIOException {
    int stated = core ? 0 : i32(46);
    int colors = stated == 0 ? 1 << bits : stated;
    if (colors < 0 || colors > 1 << 16) {
      throw new IIOException("its palette has " + stated + " colours");
    }
    palette = new int[256];
    int bytes = core ? 3 : 4;
    for (int i = 0; i < Math.min(colors, palette.length); i++) {
      int entry = at + bytes * i;
      palette[i] = file.u8(entry + 2) << 16 | file.u8(entry + 1) << 8 | file.u8(entry);
    }
    return at + bytes * colors;
  }

  /** Returns where the masks end. */
  private int readMasks(int at) throws IIOException {
    boolean stated = compression == MASKED;
    if (!stated) {
      masks =
          bits == 16 ? new int[] {0x7c00, 0x3e0, 0x1f, 0} : new int[] {0xff0000, 0xff00, 0xff, 0};
      return at;
    }
    int from = FILE_HEADER_BYTES + INFO_HEADER;
    masks = new int[] {i32(from), i32(from + 4), i32(from + 8), 0};
    if (headerBytes >= ALPHA_HEADER) {
      masks[3] = i32(from + 12);
    }
    if (bits == 32 && (masks[0] | masks[1] | masks[2] | masks[3]) == 0) {
      masks = new int[] {0xff0000, 0xff00, 0xff, 0xff000000};
    }
    return headerBytes >= MASKED_HEADER ? at : at + 12;
  }

  private Layers layers() throws IIOException {
    boolean plain = compression == PLAIN && (bits == 1 || bits == 4 || bits == 8);
    if (plain) {
      return indexed(unpacked());
    }
    if ((compression == RUNS_OF_8 && bits == 8) || (compression == RUNS_OF_4 && bits == 4)) {
      return indexed(new BmpRuns(file, dataAt, bits == 4, size, topDown).indices());
    }
    boolean masked = bits == 16 || bits == 24 || bits == 32;
    if (masked && (compression == PLAIN || compression == MASKED)) {
      return masked();
    }
    throw new IIOException(bits + " bits a pixel in compression " + compression + " are not read");
  }

  private int rowBytes() {
    return Math.toIntExact(((long) size.width() * bits + 31) / 32 * 4);
  }

  /** First byte of a row, counted from the top. The last row's padding may be missing. */
  private int rowAt(int y) throws IIOException {
    long stored = topDown ? y : size.height() - 1L - y;
    long at = dataAt + stored * rowBytes();
    long end = at + (rowBytes() + 0L) - 3;
    if (dataAt < 0 || end > file.length()) {
      throw new IIOException("the file is truncated in row " + stored + " of " + size.height());
    }
    return (int) at;
  }

  /** Palette indices: [height, width]. */
  private byte[] unpacked() throws IIOException {
    byte[] indices = new byte[Math.toIntExact(size.pixels())];
    int most = (1 << bits) - 1;
    int perByte = 8 / bits;
    for (int y = 0, pixel = 0; y < size.height(); y++) {
      int row = rowAt(y);
      for (int x = 0; x < size.width(); x++) {
        int shift = 8 - bits - bits * (x % perByte);
        indices[pixel++] = (byte) (file.u8(row + x / perByte) >> shift & most);
      }
    }
    return indices;
  }

  private Layers indexed(byte[] indices) {
    byte[] rgb = new byte[Math.multiplyExact(3, indices.length)];
    for (int pixel = 0; pixel < indices.length; pixel++) {
      int color = palette[indices[pixel] & 0xff];
      rgb[3 * pixel] = (byte) (color >> 16);
      rgb[3 * pixel + 1] = (byte) (color >> 8);
      rgb[3 * pixel + 2] = (byte) color;
    }
    return Layers.opaque(size, rgb);
  }

  private Layers masked() throws IIOException {
    byte[] rgb = new byte[Math.toIntExact(3 * size.pixels())];
    byte @Nullable [] alpha = masks[3] == 0 ? null : new byte[rgb.length / 3];
    int bytes = bits / 8;
    for (int y = 0, pixel = 0; y < size.height(); y++) {
      int row = rowAt(y);
      for (int x = 0; x < size.width(); x++, pixel++) {
        int value = 0;
        for (int i = 0; i < bytes; i++) {
          value |= file.u8(row + bytes * x + i) << (8 * i);
        }
        for (int c = 0; c < 3; c++) {
          rgb[3 * pixel + c] = sample(value, masks[c]);
        }
        if (alpha != null) {
          alpha[pixel] = sample(value, masks[3]);
        }
      }
    }
    return Layers.opaque(size, rgb).withAlpha(alpha);
  }

  /** The bits under a mask as a byte, by Pillow's rule: v * 255 / most, rounded down. */
  private static byte sample(int value, int mask) {
    if (mask == 0) {
      return 0;
    }
    long most = (mask & 0xffffffffL) >>> Integer.numberOfTrailingZeros(mask);
    long sample = (value & mask & 0xffffffffL) >>> Integer.numberOfTrailingZeros(mask);
    return (byte) (sample * 255 / most);
  }
}
