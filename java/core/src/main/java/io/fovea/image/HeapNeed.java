package io.fovea.image;

import io.fovea.ImageSize;

/**
 * Java heap that decoding a picture takes at its peak, told by its header: never less than it
 * really is. Memory outside the Java heap, as the JDK takes it for progressive JPEG, does not
 * count.
 *
 * @param size of the result
 * @param working bytes beside the result's while pixels are decoded: samples as the file has them,
 *     copies of the file
 * @param hasAlpha whether the result has alpha until it is finished
 * @param turned whether it is turned upright, from one array to another
 */
record HeapNeed(ImageSize size, long working, boolean hasAlpha, boolean turned) {
  /** Readers' tables and buffers. */
  private static final long FIXED = 1 << 20;

  /** Rows of 32-bit numbers, some for each sample. */
  private static final int ROW_BYTES_PER_PIXEL = 64;

  /** Of a picture that is decoded in its place. */
  static HeapNeed of(ImageSize size) {
    return new HeapNeed(size, 0, false, false);
  }

  HeapNeed withAlpha(boolean has) {
    return new HeapNeed(size, working, has, turned);
  }

  HeapNeed turned(boolean is) {
    return new HeapNeed(size, working, hasAlpha, is);
  }

  /** And so many bytes more. */
  HeapNeed and(long bytes) {
    return new HeapNeed(size, working + bytes, hasAlpha, turned);
  }

  /** And so many bytes more for each pixel. */
  HeapNeed perPixel(int bytes) {
    return and(bytes * size.pixels());
  }

  long bytes() {
    long result = size.pixels() * (hasAlpha ? 4 : 3);
    return FIXED
        + (long) ROW_BYTES_PER_PIXEL * size.width()
        + result
        + Math.max(working, turned ? result : 0);
  }
}
