package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;

/**
 * Florence-2's dialect (arXiv:2311.06242): a label, then {@code <loc_k>} tokens, k from 0 to 999
 * for the middle of each of 1000 bins. What the tokens mean depends on what was asked: boxes (four
 * each), quadrilaterals of written text (eight each), or outlines (two a corner, {@code <sep>}
 * between outlines). A group that is not full is dropped.
 */
final class FlorenceDialect extends RuleDialect {
  /** What a run of tokens spells. */
  enum Kind {
    BOXES("florence-2", 4),
    QUADS("florence-2-ocr", 8),
    OUTLINES("florence-2-segmentation", 2);

    private final String name;
    private final int group; // tokens

    Kind(String name, int group) {
      this.name = name;
      this.group = group;
    }
  }

  private static final String RUN =
      "(?:<poly>)?+(?:<loc_\\d{1,9}+>)++(?:(?:<sep>)?+(?:<loc_\\d{1,9}+>)++)*+(?:</poly>)?+"
          + "(?:\\s*+(?=([^<\\s])))?+";
  private static final int BINS = 1000;

  private final Kind kind;

  FlorenceDialect(Kind kind) {
    super(
        kind.name,
        switch (kind) {
          case BOXES ->
              "car<loc_52><loc_332><loc_932><loc_774>wheel<loc_708><loc_575><loc_868>"
                  + "<loc_772><loc_147><loc_563><loc_305><loc_765>";
          case QUADS ->
              "EXIT<loc_52><loc_332><loc_932><loc_340><loc_930><loc_774><loc_50><loc_770>";
          case OUTLINES -> "car<loc_52><loc_332><loc_932><loc_340><loc_480><loc_774>";
        },
        List.of(
            new Rule("<", RUN, Rule.LONG, (reading, m) -> take(reading, m, kind)),
            Rule.dropped("<", "</?+s>|<pad>|</?+poly>|<sep>|</?+(?:od|ocr|cap|dcap|grounding)>")));
    this.kind = kind;
  }

  private static void take(Reading reading, Matcher m, Kind kind) {
    Phrase phrase = reading.since(m.start());
    for (String outline : m.group().split("<sep>")) {
      double[] bins = Numbers.all(outline);
      if (kind == Kind.OUTLINES && bins.length >= 2) {
        reading.add(phrase, new Geometry.Polygon(corners(bins, 0, bins.length / 2)));
      }
      for (int i = 0; kind != Kind.OUTLINES && i + kind.group <= bins.length; i += kind.group) {
        List<Geometry.Position> corners = corners(bins, i, kind.group / 2);
        Geometry.Position a = corners.get(0);
        Geometry.Position b = corners.get(1);
        reading.add(
            phrase,
            kind == Kind.QUADS
                ? new Geometry.Quad(corners)
                : Geometry.Rectangle.ofCorners(a.x(), a.y(), b.x(), b.y()));
      }
    }
    // Two labels must not run together where the tokens between them are gone.
    boolean separates = !phrase.isEmpty() && m.group(1) != null;
    reading.cut(m.start(), m.end(), separates ? ", " : "");
    reading.endItem(phrase, m.end());
  }

  private static List<Geometry.Position> corners(double[] bins, int at, int count) {
    List<Geometry.Position> corners = new ArrayList<>();
    for (int i = at; i < at + 2 * count; i += 2) {
      corners.add(new Geometry.Position(fraction(bins[i]), fraction(bins[i + 1])));
    }
    return corners;
  }

  private static double fraction(double bin) {
    return (Math.min(bin, BINS - 1) + 0.5) / BINS;
  }

  @Override
  String spell(Mention mention, Frame frame) {
    StringBuilder text = new StringBuilder(mention.phrase());
    String separator = "";
    for (Geometry shape : mention.shapes()) {
      text.append(separator);
      for (Geometry.Position corner : corners(shape)) {
        text.append("<loc_").append(Scale.BELOW_1000.number(corner.x())).append('>');
        text.append("<loc_").append(Scale.BELOW_1000.number(corner.y())).append('>');
      }
      separator = kind == Kind.OUTLINES ? "<sep>" : "";
    }
    return text.toString();
  }

  private List<Geometry.Position> corners(Geometry shape) {
    if (kind != Kind.BOXES && shape instanceof Geometry.Quad quad) {
      return quad.corners();
    }
    if (kind == Kind.OUTLINES && shape instanceof Geometry.Polygon polygon) {
      return polygon.corners();
    }
    Geometry.Rectangle box = shape.bounds();
    Geometry.Position first = new Geometry.Position(box.x0(), box.y0());
    Geometry.Position last = new Geometry.Position(box.x1(), box.y1());
    return kind == Kind.BOXES
        ? List.of(first, last)
        : List.of(
            first,
            new Geometry.Position(box.x1(), box.y0()),
            last,
            new Geometry.Position(box.x0(), box.y1()));
  }

  @Override
  boolean isList() {
    return true;
  }
}
