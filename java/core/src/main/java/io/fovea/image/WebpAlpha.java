package io.fovea.image;

import io.fovea.ImageSize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.IIOException;

/**
 * The alpha plane beside a lossy frame (RFC 9649, 2.7.1.2): filtered, and stored as it is or as the
 * green samples of a lossless picture without its header.
 */
final class WebpAlpha {
  private static final int LOSSLESS_SIGNATURE = 0x2f;
  private static final int FLAGS_AT = 24; // in a file of lossless data: behind two sizes of 14 bits

  private final ImageSize size;
  private final int compression;
  private final int filter;

  /**
   * @param flags first byte of the chunk
   */
  WebpAlpha(ImageSize size, int flags) throws IIOException {
    this.size = size;
    compression = flags & 3;
    filter = flags >> 2 & 3;
    if (compression > 1) {
      throw new IIOException("its alpha has compression " + compression);
    }
  }

  boolean isCompressed() {
    return compression == 1;
  }

  /** The plane as it is stored. */
  byte[] stored(FileBytes file, int at, int end) throws IIOException {
    int pixels = Math.toIntExact(size.pixels());
    if (end - at < pixels) {
      throw new IIOException("the file is truncated: alpha is missing");
    }
    return Arrays.copyOfRange(file.bytes(), at, at + pixels);
  }

  /** The compressed plane with the header of a lossless picture before it. */
  byte[] asLossless(byte[] file, int at, int end) {
    int sides = (size.width() - 1) | (size.height() - 1) << 14;
    return ByteBuffer.allocate(5 + Math.max(0, end - at))
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) LOSSLESS_SIGNATURE)
        .putInt(sides)
        .put(file, at, Math.max(0, end - at))
        .array();
  }

  /** Whether the lossless picture in such a file says that it has alpha. */
  static boolean isUsed(byte[] file) {
    return file.length > FLAGS_AT && (file[FLAGS_AT] & 0x10) != 0;
  }

  /** A WebP file of nothing but lossless data. */
  static byte[] file(byte[] lossless) {
    int padded = lossless.length + lossless.length % 2;
    return ByteBuffer.allocate(20 + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(12 + padded)
        .put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII))
        .putInt(lossless.length)
        .put(lossless)
        .array();
  }

  /** Adds to each sample what was predicted of it, in place: [height, width]. */
  byte[] unfiltered(byte[] plane) {
    int width = size.width();
    for (int at = 1; at < plane.length && filter != 0; at++) {
      int x = at % width;
      int predicted;
      if (at < width || (x > 0 && filter == 1)) {
        predicted = plane[at - 1];
      } else if (x == 0 || filter == 2) {
        predicted = plane[at - width];
      } else {
        int left = plane[at - 1] & 0xff;
        int above = plane[at - width] & 0xff;
        predicted = Math.max(0, Math.min(255, left + above - (plane[at - width - 1] & 0xff)));
      }
      plane[at] += (byte) predicted;
    }
    return plane;
  }
}
