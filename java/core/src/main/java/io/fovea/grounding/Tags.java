package io.fovea.grounding;

/** Writes tags. */
final class Tags {
  private Tags() {}

  /** The phrase between its tags; nothing where there is no phrase. */
  static String around(String open, String phrase, String close) {
    return phrase.isEmpty() ? "" : open + phrase + close;
  }
}
