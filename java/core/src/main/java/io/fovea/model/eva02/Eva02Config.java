package io.fovea.model.eva02;

import io.fovea.weights.StoredShapes;
import org.jspecify.annotations.Nullable;

/**
 * Sizes of the high-resolution encoder. {@code config.json} holds the width and the picture's side;
 * the others are those of the stored tensors.
 *
 * @param hiddenSize width D
 * @param numHeads heads H; a head's size is a multiple of 4
 * @param imageSize side S of the square input, pixels
 * @param patchSize side P of a patch, pixels; divides S
 * @param intermediateSize width of a block's MLP
 */
public record Eva02Config(
    int hiddenSize, int numHeads, int imageSize, int patchSize, int intermediateSize) {
  /** Heads of EVA02-CLIP-L, for a checkpoint that is yet to be made. */
  private static final int PUBLISHED_HEADS = 16;

  private static final int PUBLISHED_PATCH = 14;

  static final String PREFIX = "model.cross_vision.vit.model.";
  static final float LAYER_NORM_EPS = 1e-6f;

  /**
   * From what config.json states and what the stored tensors tell: the rotary table has a column
   * for each number of a head.
   *
   * @param statedHeads of config.json, which the published ones leave out
   */
  public static Eva02Config of(
      int hiddenSize, int imageSize, @Nullable Integer statedHeads, StoredShapes stored) {
    int heads = statedHeads == null ? PUBLISHED_HEADS : statedHeads;
    long headSize = stored.size(PREFIX + "rope.freqs_cos", 1, Math.max(1, hiddenSize / heads));
    long patch = stored.size(PREFIX + "patch_embed.proj.weight", 3, PUBLISHED_PATCH);
    long inner = stored.outputs(PREFIX + "blocks.0.mlp.w1", hiddenSize * 8L / 3);
    return new Eva02Config(
        hiddenSize,
        (int) (hiddenSize / between1And(hiddenSize, headSize)),
        imageSize,
        between1And(imageSize, patch),
        between1And(1 << 20, inner));
  }

  /** Stored sizes are as large as files say; one beyond all sense fails at the tensor's shape. */
  private static int between1And(int most, long size) {
    return (int) Math.max(1, Math.min(most, size));
  }

  /** Size K of an attention head. */
  public int headSize() {
    return hiddenSize / numHeads;
  }

  /** Patches of a picture, (S / P)². */
  public int patches() {
    return (imageSize / patchSize) * (imageSize / patchSize);
  }
}
