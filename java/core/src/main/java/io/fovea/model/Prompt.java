package io.fovea.model;

import java.util.Arrays;

/**
 * A request's tokens before anything is generated.
 *
 * @param source what the model's encoder reads before, as a whole; no tokens for a model of a
 *     decoder alone
 * @param ids [L]; rows of pictures hold a filler, on which no result depends
 * @param plan of all L tokens
 */
@SuppressWarnings("ArrayRecordComponent") // made for one request, never compared
public record Prompt(PromptTokens source, int[] ids, TokenPlan plan) {
  /** An odd number without a pattern: keeps a picture's keys apart. */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  /** A prompt without a source. */
  public Prompt(int[] ids, TokenPlan plan) {
    this(PromptTokens.EMPTY, ids, plan);
  }

  /** Number of tokens that the decoder begins with. */
  public int length() {
    return ids.length;
  }

  /** Whether there is something for the encoder to read. */
  public boolean hasSource() {
    return source.length() > 0;
  }

  /** Number of all tokens. */
  public int tokens() {
    return source.length() + ids.length;
  }

  /** Of these, rows of pictures. */
  public int imageTokens() {
    int rows = source.imageTokens();
    for (int t = 0; t < ids.length; t++) {
      rows += plan.picture(t) == TokenPlan.NONE ? 0 : 1;
    }
    return rows;
  }

  /**
   * What each token is known by in a cache: its word, or the picture and its row of it, and where
   * the model's tables begin for the sequence. A lone word before the first picture counts to it:
   * cross-attention shows it the picture, and without that it is not worth sharing.
   *
   * @param pictures for each a random-looking number that stands for its contents
   */
  public long[] keys(long... pictures) {
    long[] keys = new long[ids.length];
    Arrays.setAll(keys, t -> key(pictures, t));
    if (keys.length > 1 && plan.picture(1) != TokenPlan.NONE) {
      keys[0] = rowKey(pictures[plan.picture(1)], -1);
    }
    return keys;
  }

  private long key(long[] pictures, int t) {
    int picture = plan.picture(t);
    return picture == TokenPlan.NONE
        ? wordKey(ids[t])
        : rowKey(pictures[picture], plan.pictureRow(t));
  }

  /** What a word is known by in a cache, one of the answer too. */
  public long wordKey(int id) {
    return (long) plan.origin() << Integer.SIZE | id;
  }

  private long rowKey(long picture, int row) {
    return Long.MIN_VALUE | (picture + plan.origin() * SPREAD + 1 + row);
  }
}
