package io.fovea.grounding;

import io.fovea.InvalidRequestException;
import java.util.List;
import java.util.stream.Collectors;

/** A dialect that is read by {@link Rule rules}. */
abstract class RuleDialect implements GroundingDialect {
  private final String name;
  private final String example;
  private final List<Rule> rules;
  private final Reading.PhraseFinder finder;

  RuleDialect(String name, String example, List<Rule> rules) {
    this(name, example, rules, NounPhrase::before);
  }

  RuleDialect(String name, String example, List<Rule> rules, Reading.PhraseFinder finder) {
    this.name = name;
    this.example = example;
    this.rules = rules;
    this.finder = finder;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String example() {
    return example;
  }

  /** Throws where the frame lacks what the dialect needs. */
  void check(Frame frame) {}

  @Override
  public final GroundedText parse(String text, Frame frame) {
    check(frame);
    Reading reading = new Reading(rules, finder, frame, text);
    reading.read(/* whole= */ true);
    return reading.result();
  }

  @Override
  public final GroundingStream stream(Frame frame) {
    check(frame);
    StringBuilder text = new StringBuilder();
    return new GroundingStream(text, new Reading(rules, finder, frame, text));
  }

  @Override
  public final String format(List<Box> boxes) {
    if (boxes.isEmpty()) {
      throw new InvalidRequestException("there is no box to write", "give at least one box");
    }
    List<Geometry> shapes =
        boxes.stream().map(Geometry.Rectangle::of).collect(Collectors.toUnmodifiableList());
    return write(new Mention("", shapes), Frame.unknown());
  }

  @Override
  public final String write(Mention mention, Frame frame) {
    check(frame);
    return list(List.of(spell(mention, frame)));
  }

  @Override
  public final String rewrite(GroundedText text, Frame frame) {
    check(frame);
    List<PlacedMention> mentions = PlacedMention.all(text);
    if (isList()) {
      return list(mentions.stream().map(placed -> spell(placed.mention(), frame)).toList());
    }
    String plain = text.plainText();
    StringBuilder written = new StringBuilder();
    int from = 0;
    for (PlacedMention placed : mentions) {
      int start = Math.max(from, placed.start());
      written.append(plain, from, start);
      boolean words = start == placed.start(); // not within another phrase
      written.append(spell(words ? placed.mention() : placed.anonymous(), frame));
      from = Math.max(start, placed.end());
    }
    return written.append(plain, from, plain.length()).toString();
  }

  /** A mention in this dialect. */
  abstract String spell(Mention mention, Frame frame);

  /** Whether an answer is a list of mentions rather than running text. */
  boolean isList() {
    return false;
  }

  /** An answer of these mentions and no other words. */
  String list(List<String> mentions) {
    return String.join("", mentions);
  }

  /** Each shape spelled by a function of its bounds. */
  static String bounds(
      Mention mention,
      String separator,
      java.util.function.Function<Geometry.Rectangle, String> f) {
    return mention.shapes().stream()
        .map(shape -> f.apply(shape.bounds()))
        .collect(Collectors.joining(separator));
  }
}
