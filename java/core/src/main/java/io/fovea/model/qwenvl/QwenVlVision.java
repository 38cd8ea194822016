package io.fovea.model.qwenvl;

/**
 * Sizes of the vision encoder and the resampler behind it, as in {@code visual} of a Qwen-VL {@code
 * config.json}.
 *
 * @param width of the encoder
 * @param mlpWidth inner width of its MLPs
 * @param imageSize side of the square that pictures are stretched to, pixels
 * @param patchSize side of a patch, pixels
 * @param outputDim width of the resampler and of the decoder
 * @param queries rows that a picture takes in the decoder, a square
 */
public record QwenVlVision(
    int width,
    int heads,
    int layers,
    int mlpWidth,
    int imageSize,
    int patchSize,
    int outputDim,
    int queries) {
  /** Rows of the encoder's stored position table, whatever the picture's size: 16 × 16. */
  public static final int STORED_POSITIONS = 256;

  /** Size of the resampler's heads. */
  static final int RESAMPLER_HEAD = 128;

  /** Added to the variance in all norms of both. */
  static final float NORM_EPS = 1e-6f;

  /** Patches on a side. */
  int grid() {
    return imageSize / patchSize;
  }

  /** Patches of a picture. */
  public int patches() {
    return grid() * grid();
  }

  /** Whether the encoder's tokens are projected to the resampler's width. */
  public boolean projects() {
    return width != outputDim;
  }

  /** Heads of the resampler. */
  int resamplerHeads() {
    return outputDim / RESAMPLER_HEAD;
  }
}
