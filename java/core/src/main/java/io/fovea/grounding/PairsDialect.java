package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Qwen-VL's dialect (arXiv:2308.12966): {@code <ref>the dog</ref><box>(219,424),(576,896)</box>},
 * quadrilaterals with four points in {@code <quad>}, and the same with Qwen2-VL's tags. A phrase
 * has every box of the run that follows it. Where the tags were stripped, {@code (x,y),(x,y)} alone
 * is a box of the noun phrase before it.
 */
final class PairsDialect extends RuleDialect {
  private static final String POINT =
      "\\(\\s*+" + Numbers.DECIMAL + "\\s*+,\\s*+" + Numbers.DECIMAL + "\\s*+\\)";
  private static final String NEXT = "(?:\\s*+,?+\\s*+" + POINT + ")";

  /** What the tags are called. */
  record Spelling(
      String ref, String refEnd, String box, String boxEnd, String quad, String quadEnd) {
    static final Spelling QWEN =
        new Spelling("<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>");

    static final Spelling QWEN2 =
        new Spelling(
            "<|object_ref_start|>",
            "<|object_ref_end|>",
            "<|box_start|>",
            "<|box_end|>",
            "<|quad_start|>",
            "<|quad_end|>");
  }

  private final Spelling tags;
  private final Scale scale;
  private final int decimals;

  /**
   * @param decimals of the numbers that are written; 0 for whole ones on the scale
   */
  private PairsDialect(String name, Spelling tags, Scale scale, int decimals, String example) {
    super(
        name,
        example,
        List.of(
            Rule.phrase(tags.ref(), tags.refEnd()),
            corners(tags.box(), NEXT + "{0,1}+", tags.boxEnd(), scale),
            corners(tags.quad(), NEXT + "{3}+", tags.quadEnd(), scale),
            new Rule(
                "(",
                POINT + "\\s*+,\\s*+" + POINT,
                Rule.SHORT,
                (reading, m) ->
                    take(reading, m.group(), reading.before(m.start()), m.start(), m.end(), scale)),
            Rule.dropped(
                "<",
                "</?+(?:ref|box|quad|img)>|<imgpad>|</?+s>"
                    + "|<\\|(?:object_ref|box|quad|im)_(?:start|end)\\|>|<\\|endoftext\\|>")));
    this.tags = tags;
    this.scale = scale;
    this.decimals = decimals;
  }

  /** Qwen-VL and Qwen-VL-Chat. */
  static PairsDialect qwenVl() {
    return new PairsDialect(
        "qwen-vl",
        Spelling.QWEN,
        Scale.BELOW_1000,
        0,
        "<ref> Woman</ref><box>(451,379),(731,806)</box> and<ref> her dog</ref>"
            + "<box>(219,424),(576,896)</box> playing on the beach");
  }

  /** The same as Qwen-VL's published evaluation reads it: 999 is the far edge. */
  static PairsDialect qwenVlEvaluation() {
    return new PairsDialect(
        "qwen-vl-eval",
        Spelling.QWEN,
        Scale.TO_999,
        0,
        "<ref>her dog</ref><box>(219,424),(576,896)</box>");
  }

  /** Qwen2-VL. */
  static PairsDialect qwen2Vl() {
    return new PairsDialect(
        "qwen2-vl",
        Spelling.QWEN2,
        Scale.BELOW_1000,
        0,
        "<|object_ref_start|>a giraffe<|object_ref_end|><|box_start|>(176,106),(232,160)<|box_end|>");
  }

  /** Ovis2.5: fractions in place of whole numbers. */
  static PairsDialect ovis() {
    return new PairsDialect(
        "ovis2.5",
        Spelling.QWEN,
        new Scale(1, 1, false),
        3,
        "<ref>a giraffe</ref><box>(0.176,0.106),(0.232,0.160)</box>");
  }

  /** One point, or two, or four, between tags. */
  private static Rule corners(String open, String more, String close, Scale scale) {
    String quotedOpen = java.util.regex.Pattern.quote(open);
    String quotedClose = java.util.regex.Pattern.quote(close);
    return new Rule(
        "<",
        quotedOpen + "\\s*+(" + POINT + more + ")\\s*+" + quotedClose,
        Rule.SHORT,
        (reading, m) ->
            take(reading, m.group(1), reading.touching(m.start()), m.start(), m.end(), scale));
  }

  private static void take(
      Reading reading, String points, Phrase phrase, int start, int end, Scale scale) {
    double[] n = Numbers.all(points);
    if (n.length == 2) {
      reading.point(phrase, scale.position(n[0], n[1]), null, null);
    } else if (n.length == 4) {
      reading.add(phrase, scale.box(n, 0));
    } else {
      List<Geometry.Position> corners = new ArrayList<>();
      for (int i = 0; i < n.length; i += 2) {
        corners.add(scale.position(n[i], n[i + 1]));
      }
      reading.add(phrase, new Geometry.Quad(corners));
    }
    reading.cutWithBlanks(start, end);
    reading.endItem(phrase, end);
  }

  @Override
  String spell(Mention mention, Frame frame) {
    return mention.shapes().stream()
        .map(this::shape)
        .collect(
            Collectors.joining("", Tags.around(tags.ref(), mention.phrase(), tags.refEnd()), ""));
  }

  private String shape(Geometry shape) {
    if (shape instanceof Geometry.Quad quad) {
      return quad.corners().stream()
          .map(this::point)
          .collect(Collectors.joining(",", tags.quad(), tags.quadEnd()));
    }
    if (shape instanceof Geometry.Position position) {
      return tags.box() + point(position) + tags.boxEnd();
    }
    Geometry.Rectangle box = shape.bounds();
    return tags.box()
        + point(new Geometry.Position(box.x0(), box.y0()))
        + ","
        + point(new Geometry.Position(box.x1(), box.y1()))
        + tags.boxEnd();
  }

  private String point(Geometry.Position at) {
    return "(" + number(at.x()) + "," + number(at.y()) + ")";
  }

  private String number(double fraction) {
    return decimals == 0
        ? Integer.toString(scale.number(fraction))
        : String.format(java.util.Locale.ROOT, "%." + decimals + "f", fraction);
  }
}
