package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  static final String RUN = "\\[[\\[\\]0-9,;\\s]*+";

  /** What a run is made of, and so what it goes on over. */
  static final String CHARS = "[]0123456789,; \t\n\u000b\f\r";

  /** Most chars of a run, more than a thousand boxes. */
  static final int LIMIT = 1 << 15;

  private static final Pattern PATTERN = Pattern.compile(RUN);

  private static final int MAX_DIGITS = 4;

  /** All of them, in the order of the text. */
  static List<PlaceRun> all(String text) {
    List<PlaceRun> runs = new ArrayList<>();
    Matcher matcher = PATTERN.matcher(text);
    while (matcher.find()) {
      read(matcher.group(), matcher.start()).ifPresent(runs::add);
    }
    return runs;
  }

  /** A run that starts at {@code start}; empty where it spells no place. */
  static Optional<PlaceRun> read(String run, int start) {
    List<Place> places = places(run);
    return places.isEmpty()
        ? Optional.empty()
        : Optional.of(new PlaceRun(start, start + withoutOpening(run), places));
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
    List<Place> places = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= closed; i++) {
      if ("[];".indexOf(run.charAt(i)) >= 0) {
        addPlace(run, from, i, places);
        from = i + 1;
      }
    }
    return places;
  }

  /** The place that an item {@code run[from, to)} of two or four numbers spells. */
  private static void addPlace(String run, int from, int to, List<Place> places) {
    int[] n = new int[4];
    int count = 0;
    for (int i = from; i < to; i++) {
      int start = i;
      while (i < to && isDigit(run.charAt(i))) {
        i++;
      }
      if (i > start) {
        if (count == n.length || i - start > MAX_DIGITS) {
          return;
        }
        n[count++] = Math.min(Box.MAX, Integer.parseInt(run, start, i, 10));
      }
    }
    if (count == 4) {
      places.add(Box.ofCorners(n[0], n[1], n[2], n[3]));
    } else if (count == 2) {
      places.add(new Point(n[0], n[1]));
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
