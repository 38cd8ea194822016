package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stretch of a text that spells places, such as {@code [[1,2,3,4;5,6]]}, read as tolerantly as
 * {@link CogVlmDialect} says.
 *
 * @param start its first bracket, in chars
 * @param end after its last bracket or number
 * @param places at least one
 */
record PlaceRun(int start, int end, List<Place> places) {
  /** A maximal run of brackets, digits and separators; possessive, so that matching is linear. */
  private static final Pattern RUN = Pattern.compile("\\[[\\[\\]0-9,;\\s]*+");

  private static final Pattern ITEM = Pattern.compile("[^\\[\\];]+");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final int MAX_DIGITS = 4;

  /** All of them, in the order of the text. */
  static List<PlaceRun> all(String text) {
    List<PlaceRun> runs = new ArrayList<>();
    Matcher matcher = RUN.matcher(text);
    while (matcher.find()) {
      String run = matcher.group();
      List<Place> places = places(run);
      if (!places.isEmpty()) {
        runs.add(new PlaceRun(matcher.start(), matcher.start() + withoutOpening(run), places));
      }
    }
    return runs;
  }

  /** Length of a run less a bracket that begins something else: "]] [" before "button]". */
  private static int withoutOpening(String run) {
    int end = run.length();
    while (run.charAt(end - 1) == '[' || Character.isWhitespace(run.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  private static List<Place> places(String run) {
    boolean doubled = run.contains("[[") || run.contains("]]");
    int closed = Math.max(run.lastIndexOf(']'), run.lastIndexOf(';'));
    if (!doubled || closed < 0) {
      return List.of();
    }
    return ITEM.matcher(run.substring(0, closed))
        .results()
        .map(item -> numbers(item.group()))
        .filter(numbers -> numbers.length == 4 || numbers.length == 2)
        .map(PlaceRun::place)
        .toList();
  }

  private static Place place(int[] n) {
    return n.length == 4 ? Box.ofCorners(n[0], n[1], n[2], n[3]) : new Point(n[0], n[1]);
  }

  /** The numbers of one item, clamped; none when one has too many digits. */
  private static int[] numbers(String item) {
    List<String> words = NUMBER.matcher(item).results().map(m -> m.group()).toList();
    if (words.stream().anyMatch(word -> word.length() > MAX_DIGITS)) {
      return new int[0];
    }
    return words.stream().mapToInt(word -> Math.min(Box.MAX, Integer.parseInt(word))).toArray();
  }
}
