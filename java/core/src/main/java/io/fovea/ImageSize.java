package io.fovea;

/** Width and height of a picture in pixels; both are at least 1. */
public record ImageSize(int width, int height) {
  /**
   * @throws IllegalArgumentException where one of them is below 1
   */
  public ImageSize {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("image size " + width + "x" + height + " is empty");
    }
  }

  /** Number of pixels; does not overflow. */
  public long pixels() {
    return (long) width * height;
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }
}
