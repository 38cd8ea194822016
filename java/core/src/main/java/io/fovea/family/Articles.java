package io.fovea.family;

import java.util.regex.Pattern;

/** English articles in questions. */
final class Articles {
  private static final Pattern ARTICLE = Pattern.compile("^(?i:the|an?)\\s+");

  private Articles() {}

  /** "the red star" as "a red star": what may be there or not. */
  static String indefinite(String phrase) {
    String noun = ARTICLE.matcher(phrase.strip()).replaceFirst("");
    boolean vowel = !noun.isEmpty() && "aeiouAEIOU".indexOf(noun.charAt(0)) >= 0;
    return (vowel ? "an " : "a ") + noun;
  }
}
