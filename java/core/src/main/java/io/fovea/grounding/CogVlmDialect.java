package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
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
  /** Finds the words in {@code text[from, to)} that a box starting at {@code to} belongs to. */
  interface PhraseFinder {
    Span before(String text, int from, int to);
  }

  private final PhraseFinder phrases;

  /** The dialect with phrases found by {@link NounPhrase}. */
  public CogVlmDialect() {
    this(NounPhrase::before);
  }

  CogVlmDialect(PhraseFinder phrases) {
    this.phrases = phrases;
  }

  @Override
  public GroundedText parse(String text) {
    List<Region> regions = new ArrayList<>();
    List<Pointing> pointings = new ArrayList<>();
    Span phrase = new Span(0, 0);
    int from = 0;
    for (PlaceRun run : PlaceRun.all(text)) {
      Span found = phrases.before(text, from, run.start());
      phrase = found.isEmpty() && from > 0 ? phrase : found;
      from = run.end();
      add(run.places(), phrase, text, regions, pointings);
    }
    return new GroundedText(regions, pointings);
  }

  private static void add(
      List<Place> places, Span span, String text, List<Region> regions, List<Pointing> pointings) {
    String phrase = span.in(text).toLowerCase(Locale.ROOT);
    for (Place place : places) {
      if (place instanceof Box box) {
        regions.add(new Region(phrase, span.start(), span.end(), box, OptionalDouble.empty()));
      } else if (place instanceof Point point) {
        pointings.add(new Pointing(phrase, span.start(), span.end(), point));
      }
    }
  }

  @Override
  public String format(List<Box> boxes) {
    if (boxes.isEmpty()) {
      throw new InvalidRequestException("there is no box to write", "give at least one box");
    }
    return boxes.stream()
        .map(Box::text)
        .map(text -> text.substring(2, text.length() - 2))
        .collect(Collectors.joining(";", "[[", "]]"));
  }
}
