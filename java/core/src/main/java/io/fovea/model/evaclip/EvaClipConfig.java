package io.fovea.model.evaclip;

/**
 * Sizes of the vision encoder, as in {@code vision_config} of a CogVLM {@code config.json}.
 *
 * @param imageSize side S of the square input, pixels
 * @param patchSize side P of a patch, pixels; divides S
 */
public record EvaClipConfig(
    int hiddenSize,
    int intermediateSize,
    int numHeads,
    int numHiddenLayers,
    int imageSize,
    int patchSize,
    float layerNormEps) {

  /** Patches along one side, S / P. */
  public int grid() {
    return imageSize / patchSize;
  }

  /** Patches of a picture, (S / P)². */
  public int patches() {
    return grid() * grid();
  }

  /** Size of an attention head. */
  public int headSize() {
    return hiddenSize / numHeads;
  }
}
