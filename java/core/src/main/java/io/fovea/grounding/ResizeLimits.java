package io.fovea.grounding;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;

/**
 * How Qwen2-VL and its successors choose the size of the picture that the model sees: near the
 * original, both sides multiples of {@code factor}, and a number of pixels within bounds.
 *
 * @param factor patch size times merge size: 28 for Qwen2-VL and Qwen2.5-VL
 * @param minPixels {@code min_pixels} of the preprocessor
 * @param maxPixels {@code max_pixels} of the preprocessor
 */
public record ResizeLimits(int factor, long minPixels, long maxPixels) {
  /** What Qwen2.5-VL's preprocessor does unless its configuration says otherwise. */
  public static final ResizeLimits QWEN2_5 = new ResizeLimits(28, 3136, 1_003_520);

  private static final int MAX_ASPECT = 200;

  /**
   * @throws IllegalArgumentException where a number is below 1 or the bounds are swapped
   */
  public ResizeLimits {
    if (factor < 1 || minPixels < 1 || maxPixels < minPixels) {
      throw new IllegalArgumentException(
          "resize limits: factor " + factor + ", pixels " + minPixels + ".." + maxPixels);
    }
  }

  /**
   * The size that a picture is resized to.
   *
   * @throws InvalidRequestException where one side is more than 200 times the other
   */
  public ImageSize resized(ImageSize picture) {
    double width = picture.width();
    double height = picture.height();
    if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) {
      throw new InvalidRequestException(
          "a picture of " + picture + " is too narrow for this model",
          "give one whose sides differ by a factor of at most " + MAX_ASPECT);
    }
    double w = Math.rint(width / factor) * factor; // half to even, as Python rounds
    double h = Math.rint(height / factor) * factor;
    if (w * h > maxPixels) {
      double shrink = Math.sqrt(width * height / maxPixels);
      w = Math.max(factor, Math.floor(width / shrink / factor) * factor);
      h = Math.max(factor, Math.floor(height / shrink / factor) * factor);
    } else if (w * h < minPixels) {
      double grow = Math.sqrt(minPixels / (width * height));
      w = Math.ceil(width * grow / factor) * factor;
      h = Math.ceil(height * grow / factor) * factor;
    }
    return new ImageSize((int) w, (int) h);
  }
}
