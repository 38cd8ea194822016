package io.fovea.ops;

/**
 * Windows over maps of pixels, for convolutions and pooling: they begin every {@code stride}
 * pixels, at first {@code padding} pixels above and left of the map. A map is {@code height} x
 * {@code width} rows of a tensor, line after line; several maps follow each other.
 *
 * @param height of a map, in pixels
 * @param width of a map
 * @param windowHeight in pixels
 * @param windowWidth in pixels
 * @param stride in pixels, along both axes
 * @param padding on all four sides; less than a window's sides
 */
public record Windows(
    int height, int width, int windowHeight, int windowWidth, int stride, int padding) {
  /**
   * Checks that there is a window.
   *
   * @throws IllegalArgumentException where there is none
   */
  public Windows {
    if (Math.min(height, width) < 1
        || Math.min(windowHeight, windowWidth) < 1
        || stride < 1
        || padding < 0
        || windowHeight > height + 2L * padding
        || windowWidth > width + 2L * padding) {
      throw new IllegalArgumentException(
          "no window of %d x %d, stride %d, in a map of %d x %d with padding %d: its sides and the stride"
                  .formatted(windowHeight, windowWidth, stride, height, width, padding)
              + " must be at least 1, the padding at least 0, and the window within the padded map");
    }
  }

  /** Square windows. */
  public static Windows square(int height, int width, int window, int stride, int padding) {
    return new Windows(height, width, window, window, stride, padding);
  }

  /** Windows from top to bottom: the height of the map that they make. */
  public int outputHeight() {
    return outputs(height, windowHeight);
  }

  /** Windows from left to right. */
  public int outputWidth() {
    return outputs(width, windowWidth);
  }

  private int outputs(int size, int window) {
    return Math.toIntExact((size + 2L * padding - window) / stride + 1);
  }

  /** Rows that the windows of {@code rows} rows of maps make. */
  public long outputRows(long rows) {
    long maps = rows / ((long) height * width);
    return maps * outputHeight() * outputWidth();
  }
}
