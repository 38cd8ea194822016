package io.fovea.model;

import java.util.Arrays;

/**
 * The tokens of a prompt in their order, before a model has planned them. Immutable.
 *
 * @param source how many of them, the first ones, a model's encoder reads as a whole; its decoder
 *     begins with the others. 0 for a model of a decoder alone
 * @param ids [L]; rows of pictures hold a filler
 * @param pictures [L], the number of the picture that a token is a row of, or {@link
 *     TokenPlan#NONE}
 */
@SuppressWarnings("ArrayRecordComponent") // made for one request, never compared
public record PromptTokens(int source, int[] ids, int[] pictures) {
  /** No tokens. */
  public static final PromptTokens EMPTY = new PromptTokens(0, new int[0], new int[0]);

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** The same with words behind. */
  public PromptTokens words(int... more) {
    return plus(more.length, TokenPlan.NONE, more);
  }

  /**
   * The same with a picture behind.
   *
   * @param number of the picture in the prompt, from 0
   * @param fillers the id that stands in each of its rows
   */
  public PromptTokens picture(int number, int... fillers) {
    return plus(fillers.length, number, fillers);
  }

  /** The first {@code length} tokens. */
  public PromptTokens first(int length) {
    return new PromptTokens(
        Math.min(source, length), Arrays.copyOf(ids, length), Arrays.copyOf(pictures, length));
  }

  /** The same tokens, all of them the source. */
  public PromptTokens asSource() {
    return new PromptTokens(length(), ids, pictures);
  }

  /** Those that the decoder begins with. */
  public PromptTokens target() {
    return new PromptTokens(
        0,
        Arrays.copyOfRange(ids, source, length()),
        Arrays.copyOfRange(pictures, source, length()));
  }

  /** How many of them are rows of pictures. */
  public int imageTokens() {
    return (int) Arrays.stream(pictures).filter(picture -> picture != TokenPlan.NONE).count();
  }

  private PromptTokens plus(int count, int picture, int[] more) {
    int[] allIds = Arrays.copyOf(ids, ids.length + count);
    System.arraycopy(more, 0, allIds, ids.length, count);
    int[] allPictures = Arrays.copyOf(pictures, pictures.length + count);
    Arrays.fill(allPictures, pictures.length, allPictures.length, picture);
    return new PromptTokens(source, allIds, allPictures);
  }
}
