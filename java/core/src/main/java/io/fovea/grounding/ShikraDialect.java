package io.fovea.grounding;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/**
 * Shikra's dialect (arXiv:2306.15195): {@code two dogs[0.500,0.300,0.700,0.800;0.120,0.420,0.300,
 * 0.910]}, points {@code [0.512,0.433]}. Three decimals, as fractions of the picture padded to a
 * square. Round brackets are read as well. A bracket with anything else inside is text. A place
 * belongs to the noun phrase before it.
 */
final class ShikraDialect extends RuleDialect {
  private static final String NUMBER = "\\d(?:\\.\\d{0,18}+)?+";

  ShikraDialect() {
    super(
        "shikra",
        "A man[0.220,0.216,0.568,0.830] holds two dogs[0.500,0.300,0.700,0.800;"
            + "0.120,0.420,0.300,0.910].",
        List.of(
            places("\\[", "\\]", 4),
            places("\\[", "\\]", 2),
            places("\\(", "\\)", 4),
            places("\\(", "\\)", 2)));
  }

  private static Rule places(String open, String close, int numbers) {
    String one = NUMBER + "(?:\\s*+,\\s*+" + NUMBER + "){" + (numbers - 1) + "}+";
    return new Rule(
        open.substring(1),
        open + "\\s*+" + one + "(?:\\s*+;\\s*+" + one + ")*+\\s*+" + close,
        Rule.LONG,
        (reading, m) -> {
          Phrase phrase = reading.before(m.start());
          PaddedSquare square = square(reading.frame());
          double[] n = Numbers.all(m.group());
          for (int i = 0; i < n.length; i += numbers) {
            if (numbers == 4) {
              reading.add(phrase, square.box(n[i], n[i + 1], n[i + 2], n[i + 3]));
            } else {
              double x = square.xFrom(n[i]);
              double y = square.yFrom(n[i + 1]);
              reading.point(phrase, Geometry.Position.clampedTo(x, y), null, null);
            }
          }
          reading.cutWithBlanks(m.start(), m.end());
          reading.endItem(phrase, m.end());
        });
  }

  private static PaddedSquare square(Frame frame) {
    return PaddedSquare.of(frame.requirePicture("shikra"));
  }

  @Override
  public boolean needsPicture() {
    return true;
  }

  @Override
  void check(Frame frame) {
    square(frame);
  }

  @Override
  String spell(Mention mention, Frame frame) {
    PaddedSquare square = square(frame);
    StringBuilder text = new StringBuilder(mention.phrase());
    boolean points = mention.shapes().stream().allMatch(Geometry.Position.class::isInstance);
    text.append('[');
    String separator = "";
    for (Geometry shape : mention.shapes()) {
      Geometry.Rectangle box = shape.bounds();
      text.append(separator).append(pair(square, box.x0(), box.y0()));
      if (!points) {
        text.append(',').append(pair(square, box.x1(), box.y1()));
      }
      separator = ";";
    }
    return text.append(']').toString();
  }

  private static String pair(PaddedSquare square, double x, double y) {
    return threeDecimals(square.xTo(x)) + "," + threeDecimals(square.yTo(y));
  }

  /** As Python's round and %.3f: of the double's exact value, half to even. */
  private static String threeDecimals(double fraction) {
    double clamped = Math.max(0, Math.min(1, fraction));
    return new BigDecimal(clamped).setScale(3, RoundingMode.HALF_EVEN).toPlainString();
  }
}
