package io.fovea.image.vp8;

import java.util.Arrays;

/**
 * Samples of one component, whole macroblocks, with the border that prediction looks at: a row of
 * 127 above, a column of 129 to the left (RFC 6386, 12.2).
 */
final class Plane {
  private static final byte ABOVE = 127;
  private static final byte LEFT = (byte) 129;

  /** Rows from the border's on, each with its border sample first. */
  final byte[] samples;

  final int stride;
  final int width;
  final int height;

  /**
   * @param width a multiple of the macroblock's side, as is {@code height}
   */
  Plane(int width, int height) {
    this.width = width;
    this.height = height;
    stride = width + 1;
    samples = new byte[Math.multiplyExact(stride, height + 1)];
    Arrays.fill(samples, 0, stride, ABOVE);
    for (int y = 0; y < height; y++) {
      samples[index(-1, y)] = LEFT;
    }
  }

  /** Place of a sample; column and row from -1 on. */
  int index(int x, int y) {
    return (y + 1) * stride + x + 1;
  }

  int get(int x, int y) {
    return samples[index(x, y)] & 0xff;
  }

  static byte clamp(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }
}
