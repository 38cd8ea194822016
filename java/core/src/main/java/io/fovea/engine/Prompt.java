package io.fovea.engine;

import io.fovea.model.cogvlm.TokenPlan;
import java.util.Arrays;

/**
 * A request's tokens before anything is generated: begin token, the image's places, text.
 *
 * @param ids [L]; image places hold the filler
 * @param plan routing and positions of all L tokens
 * @param imageTokens places of the image, markers included; 0 without image
 */
@SuppressWarnings("ArrayRecordComponent") // engine-internal, never compared
record Prompt(int[] ids, TokenPlan plan, int imageTokens) {
  static Prompt of(int bos, int filler, int imageTokens, int[] text) {
    int textStart = 1 + imageTokens;
    int[] ids = new int[textStart + text.length];
    byte[] types = new byte[ids.length];
    ids[0] = bos;
    Arrays.fill(ids, 1, textStart, filler);
    Arrays.fill(types, 1, textStart, TokenPlan.VISION);
    System.arraycopy(text, 0, ids, textStart, text.length);
    return new Prompt(ids, TokenPlan.of(types), imageTokens);
  }

  int length() {
    return ids.length;
  }

  /**
   * What each token is known by in the cache: its word, or the picture and its place in it. The
   * begin token before a picture counts to it, because cross-attention shows it the picture.
   *
   * @param picture a random-looking number that stands for the picture's contents; unused without
   */
  long[] keys(long picture) {
    long[] keys = new long[ids.length];
    for (int t = 0; t < keys.length; t++) {
      keys[t] = t <= imageTokens && imageTokens > 0 ? Long.MIN_VALUE | (picture + t) : ids[t];
    }
    return keys;
  }
}
