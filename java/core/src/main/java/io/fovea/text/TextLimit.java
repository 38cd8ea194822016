package io.fovea.text;

import io.fovea.InvalidRequestException;

/** The longest text that is tokenized: far beyond any context, within a 32-bit array of UTF-8. */
final class TextLimit {
  private static final int MAX_CHARS = 1 << 24;

  private TextLimit() {}

  /**
   * @throws InvalidRequestException if the text is longer
   */
  static void check(String text) {
    if (text.length() > MAX_CHARS) {
      throw new InvalidRequestException(
          "the text has " + text.length() + " characters, at most " + MAX_CHARS + " allowed",
          "shorten it");
    }
  }
}
