package io.fovea.text;

import java.util.function.IntPredicate;

/**
 * A tokenizer whose vocabulary has tokens that are found whole in text, such as the tags of a
 * grounding model.
 */
public interface MarkupTokenizer extends Tokenizer {
  /**
   * Token ids of {@code text}, in which every added token is found that is not {@linkplain
   * #isSpecial special}: tags are read as tags, a role that is spelt out stays text.
   *
   * @throws io.fovea.InvalidRequestException if the text is too long to be split in memory
   */
  @Override
  default int[] encode(String text) {
    return encode(text, id -> !isSpecial(id));
  }

  /**
   * As {@link #encode(String)}, finding other added tokens: with {@code id -> true} all of them,
   * those with a role included, with {@code id -> false} none, so that the whole is plain text.
   *
   * @param found whether a token with this id counts where the text spells it
   */
  int[] encode(String text, IntPredicate found);
}
