package io.fovea.grounding;

import java.util.List;
import java.util.Locale;
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
public class CogVlmDialect extends RuleDialect {
  private static final Pattern BOXES = Pattern.compile("\\s*+\\[\\[[0-9,;\\s]++\\]\\]");

  /** The dialect with phrases found by {@link NounPhrase}. */
  public CogVlmDialect() {
    this(
        "cogvlm",
        "Two dogs[[105,212,430,870;510,330,820,990]] on the grass[[000,600,999,999]].",
        NounPhrase::before);
  }

  CogVlmDialect(String name, String example, Reading.PhraseFinder phrases) {
    super(
        name,
        example,
        List.of(
            new Rule("[", PlaceRun.RUN, PlaceRun.LIMIT, CogVlmDialect::take)
                .over(c -> PlaceRun.CHARS.indexOf(c) >= 0)),
        phrases);
  }

  private static void take(Reading reading, Matcher match) {
    String run = match.group();
    PlaceRun.read(run, match.start())
        .ifPresent(
            places -> {
              Phrase found = reading.before(places.start());
              String words = found.words().toLowerCase(Locale.ROOT);
              Phrase phrase = new Phrase(words, found.start(), found.end());
              for (Place place : places.places()) {
                if (place instanceof Box box) {
                  reading.add(phrase, box);
                } else if (place instanceof Point point) {
                  reading.point(phrase, Geometry.Position.of(point), null, null);
                }
              }
              reading.endItem(phrase, places.end());
            });
    Matcher boxes = BOXES.matcher(run);
    while (boxes.find()) {
      reading.cutWithBlanks(match.start() + boxes.start(), match.start() + boxes.end());
    }
  }

  @Override
  String spell(Mention mention, Frame frame) {
    String separator = mention.phrase().isEmpty() ? "" : " ";
    return mention.shapes().stream()
        .map(CogVlmDialect::numbers)
        .collect(Collectors.joining(";", mention.phrase() + separator + "[[", "]]"));
  }

  private static String numbers(Geometry shape) {
    String text =
        shape instanceof Geometry.Position position
            ? position.toPoint().text()
            : shape.bounds().toBox().text();
    return text.substring(2, text.length() - 2);
  }
}
