package io.fovea.model.eva02;

/**
 * Sizes of the high-resolution encoder. {@code config.json} holds the width and the picture's side;
 * patch side, depth and inner width are those of the stored tensors.
 *
 * @param hiddenSize width D
 * @param numHeads heads H; a head's size is a multiple of 4
 * @param imageSize side S of the square input, pixels
 */
public record Eva02Config(int hiddenSize, int numHeads, int imageSize) {
  /** Heads of EVA02-CLIP-L, which the published files do not state. */
  public static final int PUBLISHED_HEADS = 16;

  static final float LAYER_NORM_EPS = 1e-6f;

  /** Size K of an attention head. */
  public int headSize() {
    return hiddenSize / numHeads;
  }
}
