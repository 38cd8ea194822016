package io.fovea.model.cogvlm;

import io.fovea.model.TokenPlan;

/**
 * Routing and positions of CogVLM's tokens ({@code get_expert_mask} and {@code build_position_ids}
 * of the published model, restated). Letters: L tokens.
 */
final class CogVlmPlan {
  private CogVlmPlan() {}

  /**
   * Plans a whole sequence: the rules look one token ahead, so they need all of it.
   *
   * @param pictures [L], 0 for rows of the picture, begin and end marker included, else {@link
   *     TokenPlan#NONE}
   */
  static TokenPlan of(int[] pictures) {
    boolean[] vision = new boolean[pictures.length];
    for (int t = 0; t < vision.length; t++) {
      vision[t] = usesVisionExpert(pictures, t);
    }
    return TokenPlan.of(vision, pictures, positions(pictures));
  }

  /** It and its right neighbour are rows of the picture: not the end marker, nor any text. */
  private static boolean usesVisionExpert(int[] pictures, int t) {
    return isImage(pictures, t) && isImage(pictures, t + 1);
  }

  /** Both ends of an image count like text, all that lies between shares one position. */
  private static int[] positions(int[] pictures) {
    int[] positions = new int[pictures.length];
    for (int t = 1; t < positions.length; t++) {
      boolean samePatch = isPatch(pictures, t) && isPatch(pictures, t - 1);
      positions[t] = positions[t - 1] + (samePatch ? 0 : 1);
    }
    return positions;
  }

  /** Whether token t has rows of the picture on both sides. */
  private static boolean isPatch(int[] pictures, int t) {
    return isImage(pictures, t - 1) && isImage(pictures, t) && isImage(pictures, t + 1);
  }

  private static boolean isImage(int[] pictures, int t) {
    return t >= 0 && t < pictures.length && pictures[t] != TokenPlan.NONE;
  }
}
