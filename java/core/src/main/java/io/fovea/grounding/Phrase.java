package io.fovea.grounding;

/**
 * The words that a box belongs to.
 *
 * @param words trimmed; may differ from the text in case or escapes
 * @param start where they begin in the text as generated
 * @param end where they end
 */
record Phrase(String words, int start, int end) {
  /** No words, at this position. */
  static Phrase none(int at) {
    return new Phrase("", at, at);
  }

  boolean isEmpty() {
    return start >= end;
  }
}
