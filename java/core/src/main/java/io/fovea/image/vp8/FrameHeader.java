package io.fovea.image.vp8;

import javax.imageio.IIOException;

/**
 * The uncompressed begin of a key frame (RFC 6386, 9.1).
 *
 * @param width in pixels
 * @param height in pixels
 * @param partitionAt where the first partition begins: parameters and modes
 * @param partitionEnd where it ends and the partitions of coefficients begin
 */
public record FrameHeader(int width, int height, int partitionAt, int partitionEnd) {
  private static final int BYTES = 10;
  private static final int LAST_PROFILE = 3;

  /**
   * Reads the header of the frame in {@code file[at, end)}.
   *
   * @throws IIOException where it is not a key frame, or is shorter than it says
   */
  public static FrameHeader read(byte[] file, int at, int end) throws IIOException {
    if (at < 0 || end > file.length || end - at < BYTES) {
      throw new IIOException("its VP8 frame is truncated");
    }
    int tag = u16(file, at) | (file[at + 2] & 0xff) << 16;
    boolean shown = (tag >> 4 & 1) == 1;
    boolean start = u16(file, at + 3) == 0x019d && file[at + 5] == 0x2a;
    if ((tag & 1) != 0 || (tag >> 1 & 7) > LAST_PROFILE || !shown || !start) {
      throw new IIOException("its VP8 frame is no key frame");
    }
    int partitionAt = at + BYTES;
    int partitionBytes = tag >> 5;
    if (partitionBytes > end - partitionAt) {
      throw new IIOException("its VP8 frame is truncated in the first partition");
    }
    int width = u16(file, at + 6) & 0x3fff; // the other bits wish for scaling
    int height = u16(file, at + 8) & 0x3fff;
    return new FrameHeader(width, height, partitionAt, partitionAt + partitionBytes);
  }

  private static int u16(byte[] file, int at) {
    return (file[at] & 0xff) | (file[at + 1] & 0xff) << 8;
  }
}
