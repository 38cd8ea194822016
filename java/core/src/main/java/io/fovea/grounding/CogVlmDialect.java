package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * CogVLM's dialect: {@code a ladder [[378,107,636,998]] and towels [[073,000,346,905;500,010,620,
 * 300]]}. Coordinates are thousandths, three digits each; several boxes of one phrase share a pair
 * of brackets.
 *
 * <p>Read tolerantly, because models are not exact: blanks and line breaks between numbers, a
 * bracket too few or too many on one side, boxes in brackets of their own, swapped corners, one to
 * four digits (values above 999 become 999), two numbers (a point). Everything else in brackets,
 * such as an echoed {@code [[x0,y0,x1,y1]]}, is text. A box without its closing bracket is dropped:
 * its last number may be cut short.
 *
 * <p>Phrases come from {@link NounPhrase}; a box that follows another with no words between shares
 * its phrase.
 */
public final class CogVlmDialect implements GroundingDialect {
  /** A maximal run of brackets, digits and separators; possessive, so that matching is linear. */
  private static final Pattern RUN = Pattern.compile("\\[[\\[\\]0-9,;\\s]*+");

  private static final Pattern ITEM = Pattern.compile("[^\\[\\];]+");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final int MAX_DIGITS = 4;

  @Override
  public GroundedText parse(String text) {
    List<Region> regions = new ArrayList<>();
    List<Pointing> pointings = new ArrayList<>();
    Span phrase = new Span(0, 0);
    int from = 0;
    Matcher run = RUN.matcher(text);
    while (run.find()) {
      List<int[]> items = items(run.group());
      if (items.isEmpty()) {
        continue;
      }
      Span found = NounPhrase.before(text, from, run.start());
      phrase = found.isEmpty() && from > 0 ? phrase : found;
      from = run.end();
      add(items, phrase, text, regions, pointings);
    }
    return new GroundedText(regions, pointings);
  }

  private static void add(
      List<int[]> items, Span span, String text, List<Region> regions, List<Pointing> pointings) {
    String phrase = text.substring(span.start(), span.end()).toLowerCase(Locale.ROOT);
    for (int[] n : items) {
      if (n.length == 4) {
        Box box = Box.ofCorners(n[0], n[1], n[2], n[3]);
        regions.add(new Region(phrase, span.start(), span.end(), box, OptionalDouble.empty()));
      } else {
        pointings.add(new Pointing(phrase, span.start(), span.end(), new Point(n[0], n[1])));
      }
    }
  }

  /** The lists of four or two numbers in a run such as {@code [[1,2,3,4;5,6]]}. */
  private static List<int[]> items(String run) {
    boolean doubled = run.contains("[[") || run.contains("]]");
    int closed = Math.max(run.lastIndexOf(']'), run.lastIndexOf(';'));
    if (!doubled || closed < 0) {
      return List.of();
    }
    return ITEM.matcher(run.substring(0, closed))
        .results()
        .map(item -> numbers(item.group()))
        .filter(numbers -> numbers.length == 4 || numbers.length == 2)
        .toList();
  }

  /** The numbers of one item, clamped; none when one has too many digits. */
  private static int[] numbers(String item) {
    List<String> words = NUMBER.matcher(item).results().map(m -> m.group()).toList();
    if (words.stream().anyMatch(word -> word.length() > MAX_DIGITS)) {
      return new int[0];
    }
    return words.stream().mapToInt(word -> Math.min(Box.MAX, Integer.parseInt(word))).toArray();
  }

  @Override
  public String format(List<Box> boxes) {
    if (boxes.isEmpty()) {
      throw new InvalidRequestException("there is no box to write", "give at least one box");
    }
    return boxes.stream().map(CogVlmDialect::digits).collect(Collectors.joining(";", "[[", "]]"));
  }

  private static String digits(Box box) {
    return String.format(
        Locale.ROOT, "%03d,%03d,%03d,%03d", box.x0(), box.y0(), box.x1(), box.y1());
  }
}
