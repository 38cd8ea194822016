package io.fovea.grounding;

import java.util.regex.Pattern;

/** Numbers in a text that a rule has matched. */
final class Numbers {
  /** A number without sign; the digits are bounded, so that it is finite. */
  static final String DECIMAL = "\\d{1,9}+(?:\\.\\d{0,18}+)?+";

  private static final Pattern PATTERN = Pattern.compile(DECIMAL);
  private static final Pattern SIGNED = Pattern.compile("-?+" + DECIMAL);

  private Numbers() {}

  /** All of them. */
  static double[] all(String text) {
    return all(PATTERN, text);
  }

  /** All of them, with a minus sign where they have one. */
  static double[] signed(String text) {
    return all(SIGNED, text);
  }

  private static double[] all(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .mapToDouble(m -> Double.parseDouble(m.group()))
        .toArray();
  }

  /** {@code count} numbers in a pattern, with this between them. */
  static String pattern(int count, String separator) {
    return DECIMAL + "(?:" + separator + DECIMAL + "){" + (count - 1) + "}+";
  }
}
