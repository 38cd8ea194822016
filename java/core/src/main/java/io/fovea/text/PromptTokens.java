package io.fovea.text;

import java.util.Arrays;

/**
 * The token sequence of a request: the begin token, one placeholder for each position of the image,
 * then the text. The image comes first in every turn of a conversation, and there is at most one.
 */
public final class PromptTokens {
  /** Type of the begin token and of text. */
  public static final int LANGUAGE = 0;

  /** Type of an image position, its begin and end markers included. */
  public static final int VISION = 1;

  private final int[] ids;
  private final int imagePositions;

  private PromptTokens(int[] ids, int imagePositions) {
    this.ids = ids;
    this.imagePositions = imagePositions;
  }

  /**
   * The sequence for a rendered prompt.
   *
   * @param imagePositions positions that the image takes, markers included (1227 at 490 pixels); 0
   *     for a request without image
   * @param text a prompt as {@link PromptTemplate#render} gives it
   */
  public static PromptTokens of(Tokenizer tokenizer, int imagePositions, String text) {
    if (imagePositions < 0) {
      throw new IllegalArgumentException(imagePositions + " image positions");
    }
    int[] textIds = tokenizer.encode(text);
    int textStart = Math.addExact(1, imagePositions);
    int[] ids = new int[Math.addExact(textStart, textIds.length)];
    ids[0] = tokenizer.bos();
    Arrays.fill(ids, 1, textStart, tokenizer.pad());
    System.arraycopy(textIds, 0, ids, textStart, textIds.length);
    return new PromptTokens(ids, imagePositions);
  }

  /** Token ids [length]; image positions hold the pad token. The array is the caller's. */
  public int[] ids() {
    return ids.clone();
  }

  /** {@link #LANGUAGE} or {@link #VISION} for each token [length]. The array is the caller's. */
  public int[] tokenTypes() {
    int[] types = new int[ids.length];
    Arrays.fill(types, 1, 1 + imagePositions, VISION);
    return types;
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** Number of positions that the image takes, from index 1 on; 0 without image. */
  public int imagePositions() {
    return imagePositions;
  }
}
