package io.fovea.family;

import io.fovea.text.ExtraToken;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What people write, as OFA was trained to read it inside a prompt, and the tokens that it reads
 * and writes beside words.
 */
final class OfaText {
  static final int BINS = 1000;

  private static final int MAX_WORDS = 80;
  private static final Pattern SIGNS_IN_FRONT = Pattern.compile("^[,.!?*#:;~]+");
  private static final Pattern BLANKS = Pattern.compile("(?U)\\s{2,}");
  private static final Pattern LINE_ENDS = Pattern.compile("\\n+\\z");
  private static final Pattern OUTER_SPACES = Pattern.compile("^ +| +\\z");

  private OfaText() {}

  /** A caption, hypothesis or expression for a thing in the picture. */
  static String caption(String text) {
    return tidied(apart(text).replace("<person>", "person"));
  }

  /** A question, with its question mark. */
  static String question(String text) {
    String asked = tidied(apart(text));
    return asked.endsWith("?") ? asked : asked + "?";
  }

  /** The first steps; their order counts: a blank in front saves the signs behind it. */
  private static String apart(String text) {
    String small = text.toLowerCase(Locale.ROOT);
    return SIGNS_IN_FRONT.matcher(small).replaceFirst("").replace('-', ' ').replace('/', ' ');
  }

  /** The last steps; a single tab stays, so what a space does not cut is one word. */
  private static String tidied(String text) {
    String single = BLANKS.matcher(text).replaceAll(" ");
    String line = LINE_ENDS.matcher(single).replaceFirst("");
    String trimmed = OUTER_SPACES.matcher(line).replaceAll("");
    return Stream.of(trimmed.split(" ")).limit(MAX_WORDS).collect(Collectors.joining(" "));
  }

  /**
   * The bins {@code <bin_0>} to {@code <bin_999>}, which are a model's last tokens.
   *
   * @param vocabSize of config.json
   */
  static List<ExtraToken> bins(int vocabSize) {
    return IntStream.range(0, BINS)
        .mapToObj(k -> new ExtraToken(vocabSize - BINS + k, "<bin_" + k + ">", false))
        .toList();
  }
}
