package io.fovea.grounding;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Molmo-2's dialect: {@code <points coords="1 1 073 160 2 173 600" alt="the birds">the
 * birds</points>}, and {@code <tracks ...>} for films. A group is a frame's number or time, then
 * for each object its number, x and y in thousandths; groups are separated by tabs, colons, commas
 * or semicolons.
 */
final class MolmoTracksDialect extends RuleDialect {
  private static final Pattern COORDS = Pattern.compile("\\scoords\\s*+=\\s*+[\"']([^\"']*+)");
  private static final Pattern ALT =
      Pattern.compile("\\salt\\s*+=\\s*+(?:\"([^\"]*+)\"|'([^']*+)')");
  private static final Pattern GROUPS = Pattern.compile("[\\t:,;]");

  MolmoTracksDialect() {
    super(
        "molmo-2",
        "<points coords=\"1 1 073 160 2 173 600\" alt=\"the birds\">the birds</points>",
        List.of(
            new Rule(
                "<",
                "<(?:points|tracks)(?=\\s)"
                    + MolmoDialect.ATTRIBUTES
                    + "(?:/>|>([^<]{0,1000}+)</(?:points|tracks)>)",
                Rule.LONG,
                MolmoTracksDialect::take),
            Rule.dropped("<", "</(?:points|tracks)>")));
  }

  private static void take(Reading reading, Matcher m) {
    String attributes = m.group(1);
    Matcher alt = ALT.matcher(attributes);
    String other = "";
    if (alt.find()) {
      other = alt.group(1) == null ? alt.group(2) : alt.group(1);
    }
    Phrase phrase = MolmoDialect.label(reading, m, other);
    Matcher coords = COORDS.matcher(attributes);
    if (coords.find()) {
      for (String group : GROUPS.split(coords.group(1))) {
        double[] n = Numbers.all(group);
        for (int i = 1; i + 3 <= n.length; i += 3) {
          Geometry.Position at = Scale.TO_1000.position(n[i + 1], n[i + 2]);
          reading.point(phrase, at, n[0], (int) n[i]);
        }
      }
    }
    MolmoDialect.finish(reading, m, phrase);
  }

  /** The shapes' middles on the first frame. */
  @Override
  String spell(Mention mention, Frame frame) {
    StringBuilder text = new StringBuilder("<points coords=\"1");
    int number = 1;
    for (Geometry shape : mention.shapes()) {
      Geometry.Position at = shape.bounds().centre();
      text.append(
          String.format(
              Locale.ROOT,
              " %d %03d %03d",
              number++,
              Scale.BELOW_1000.number(at.x()),
              Scale.BELOW_1000.number(at.y())));
    }
    return text.append("\" alt=\"")
        .append(MolmoDialect.quoted(mention.phrase()))
        .append("\">")
        .append(mention.phrase())
        .append("</points>")
        .toString();
  }
}
