package io.fovea.grounding;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Molmo's dialect (arXiv:2409.17146): {@code <point x="63.5" y="44.5" alt="a peak">a peak</point>},
 * several as {@code <points x1="9.1" y1="11.7" x2="26.4" y2="30.0" ...>}, in hundredths of the
 * picture.
 */
final class MolmoDialect extends RuleDialect {
  /** Attributes of a tag, with either quote; longer ones than the limit are no tag. */
  static final String ATTRIBUTES =
      "((?:\\s++\\w{1,20}+\\s*+=\\s*+(?:\"[^\"]*+\"|'[^']*+'))*+)\\s*+";

  private static final Pattern ATTRIBUTE =
      Pattern.compile("([A-Za-z]{1,20}+)(\\d{0,9}+)\\s*+=\\s*+(?:\"([^\"]*+)\"|'([^']*+)')");

  MolmoDialect() {
    super(
        "molmo",
        "<point x=\"63.5\" y=\"44.5\" alt=\"Mt. Rainier\">Mt. Rainier</point>",
        List.of(
            new Rule(
                "<",
                "<points?+(?=\\s)" + ATTRIBUTES + "(?:/>|>([^<]{0,1000}+)</points?+>)",
                Rule.LONG,
                MolmoDialect::take),
            Rule.dropped("<", "</points?+>")));
  }

  private static void take(Reading reading, Matcher m) {
    Map<Integer, double[]> points = new TreeMap<>(); // x, y by number
    String alt = "";
    Matcher attribute = ATTRIBUTE.matcher(m.group(1));
    while (attribute.find()) {
      String name = attribute.group(1).toLowerCase(Locale.ROOT);
      String number = attribute.group(2);
      String text = attribute.group(3) == null ? attribute.group(4) : attribute.group(3);
      double[] value = Numbers.all(text);
      int axis = name.equals("x") ? 0 : 1;
      if (value.length == 1 && (axis == 0 || name.equals("y"))) {
        int key = number.isEmpty() ? 0 : Integer.parseInt(number);
        double[] fresh = {Double.NaN, Double.NaN};
        points.computeIfAbsent(key, k -> fresh)[axis] = value[0] / 100;
      } else if (name.equals("alt")) {
        alt = text;
      }
    }
    Phrase phrase = label(reading, m, alt);
    points.forEach(
        (number, at) -> {
          if (!Double.isNaN(at[0] + at[1])) {
            Geometry.Position position = Geometry.Position.clampedTo(at[0], at[1]);
            reading.point(phrase, position, null, number == 0 ? null : number);
          }
        });
    finish(reading, m, phrase);
  }

  /** The words between the tags (group 2 of the match), or else the alternative text. */
  static Phrase label(Reading reading, Matcher m, String alt) {
    Phrase words = m.start(2) < 0 ? Phrase.none(m.end()) : reading.named(m.start(2), m.end(2));
    return words.isEmpty() ? new Phrase(unquoted(alt).strip(), m.end(), m.end()) : words;
  }

  /** Leaves the tags out. */
  static void finish(Reading reading, Matcher m, Phrase phrase) {
    if (m.start(2) < 0) {
      reading.cut(m.start(), m.end());
    } else {
      reading.cut(m.start(), m.start(2));
      reading.cut(m.end(2), m.end());
    }
    reading.endItem(phrase, m.end());
  }

  /** A value for an attribute in double quotes. */
  static String quoted(String value) {
    return value.replace("\"", "&quot;");
  }

  private static String unquoted(String value) {
    return value.replace("&quot;", "\"");
  }

  @Override
  String spell(Mention mention, Frame frame) {
    StringBuilder text = new StringBuilder();
    int count = mention.shapes().size();
    String tag = count == 1 ? "point" : "points";
    text.append('<').append(tag);
    for (int i = 0; i < count; i++) {
      Geometry.Position at = mention.shapes().get(i).bounds().centre();
      String number = count == 1 ? "" : Integer.toString(i + 1);
      text.append(
          String.format(
              Locale.ROOT,
              " x%s=\"%.1f\" y%s=\"%.1f\"",
              number,
              at.x() * 100,
              number,
              at.y() * 100));
    }
    text.append(" alt=\"").append(quoted(mention.phrase())).append("\">");
    return text.append(mention.phrase()).append("</").append(tag).append('>').toString();
  }
}
