package io.fovea.model.cogvlm;

/**
 * What routing and rotation need to know about each token of a sequence, computed once from its
 * token types (CogVLM, {@code get_expert_mask} and {@code build_position_ids} of the published
 * model, restated).
 *
 * <p>Types: 0 language, 1 vision (begin marker, patches and end marker alike).
 */
public final class TokenPlan {
  /** A language token. */
  public static final byte LANGUAGE = 0;

  /** A token of an image. */
  public static final byte VISION = 1;

  private final byte[] types;
  private final int[] positions;

  private TokenPlan(byte[] types, int[] positions) {
    this.types = types;
    this.positions = positions;
  }

  /** Plans a whole sequence: the rules look one token ahead, so they need all of it. */
  public static TokenPlan of(byte[] types) {
    byte[] copy = types.clone();
    return new TokenPlan(copy, positions(copy));
  }

  /**
   * Rotary positions: both ends of an image count like text, all that lies between shares one
   * position.
   */
  private static int[] positions(byte[] types) {
    int[] positions = new int[types.length];
    for (int t = 1; t < types.length; t++) {
      boolean samePatch = isInterior(types, t) && isInterior(types, t - 1);
      positions[t] = positions[t - 1] + (samePatch ? 0 : 1);
    }
    return positions;
  }

  /** Whether token t is an image token with image tokens on both sides: a patch. */
  private static boolean isInterior(byte[] types, int t) {
    return types[t] == VISION
        && t > 0
        && types[t - 1] == VISION
        && t + 1 < types.length
        && types[t + 1] == VISION;
  }

  /** Number of tokens. */
  public int length() {
    return types.length;
  }

  /**
   * Whether token t takes the vision expert: it and its right neighbour are image tokens. So begin
   * marker and patches do; the end marker and all text do not.
   */
  public boolean usesVisionExpert(int t) {
    return types[t] == VISION && t + 1 < types.length && types[t + 1] == VISION;
  }

  /** Whether token t stands for a row of image features in place of a word. */
  public boolean isImage(int t) {
    return types[t] == VISION;
  }

  /** Rotary position of token t. */
  public int position(int t) {
    return positions[t];
  }

  /** Rotary positions of all tokens. */
  public int[] positions() {
    return positions.clone();
  }

  /** Token types of all tokens. */
  public byte[] types() {
    return types.clone();
  }
}
