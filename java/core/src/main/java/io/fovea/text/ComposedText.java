package io.fovea.text;

import io.fovea.InvalidRequestException;
import java.text.Normalizer;

/**
 * Text in Unicode's form C, by the JDK's Unicode version. Putting a run of marks in order takes
 * time that grows with its square, so runs are limited; the longest of natural text have about ten.
 */
final class ComposedText {
  private static final int MAX_MARKS = 1_000;

  private ComposedText() {}

  /**
   * @throws InvalidRequestException if there are too many marks side by side
   */
  static String of(String text) {
    if (Normalizer.isNormalized(text, Normalizer.Form.NFC)) {
      return text;
    }
    int marks = 0;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      marks = isMark(codePoint) ? marks + 1 : 0;
      if (marks > MAX_MARKS) {
        throw new InvalidRequestException(
            "the text has more than " + MAX_MARKS + " combining marks on one letter",
            "remove some of them");
      }
      i += Character.charCount(codePoint);
    }
    return Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  private static boolean isMark(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          true;
      default -> false;
    };
  }
}
