package io.fovea.family;

/** A part of a prompt. Texts that follow each other are split into tokens together. */
public sealed interface PromptPart {
  /** The token that begins a sequence. */
  record Begin() implements PromptPart {}

  /** Ends what the model's encoder reads; its decoder begins with what follows. */
  record EndOfSource() implements PromptPart {}

  /** A token with a role, by the text of it. */
  record Token(String content) implements PromptPart {}

  /** Words, as the tokenizer reads plain text: no token with a role comes of them. */
  record Text(String text) implements PromptPart {}

  /**
   * Words behind a token with a role that is no word of the tokenizer's own. Where the folder's
   * tokenizer_config.json has {@code legacy} false, the blank that the tokenizer puts before every
   * text is not put before these.
   */
  record Continued(String text) implements PromptPart {}

  /**
   * All rows of a picture.
   *
   * @param number of the picture in the prompt, from 0
   */
  record Picture(int number) implements PromptPart {
    /** The picture so many behind this one. */
    public Picture plus(int more) {
      return new Picture(number + more);
    }
  }
}
