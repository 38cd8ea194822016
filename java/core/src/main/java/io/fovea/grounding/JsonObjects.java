package io.fovea.grounding;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rules for boxes in JSON objects, alone or in an array, maybe fenced as code. Single quotes,
 * trailing commas and an array that is cut off do no harm. Of the text only labels remain.
 *
 * @param boxKey member with a box, four numbers, or with a list of them
 * @param pointKey member with a point, two numbers
 * @param verticalFirst whether y comes before x
 */
record JsonObjects(String boxKey, String pointKey, boolean verticalFirst, Axes axes) {
  /** From a model's numbers to fractions of the picture. */
  interface Axes {
    /** What both sides are divided by: width and height of what the numbers count in. */
    double[] sides(Frame frame);
  }

  /** One mask, a small picture, must fit. */
  private static final int LIMIT = 1 << 20; // chars of an object

  private static final String STRING =
      "\"(?:[^\"\\\\]++|\\\\[\\s\\S])*+\"|'(?:[^'\\\\]++|\\\\[\\s\\S])*+'";
  private static final String FLAT = "(?:[^{}\"'\\\\]++|" + STRING + ")*+";
  private static final String OBJECT =
      "\\{\\s{0,16}+(?=[\"']\\w{1,32}+[\"']\\s{0,8}+:)"
          + FLAT
          + "(?:\\{"
          + FLAT
          + "\\}"
          + FLAT
          + ")*+\\}";

  private static final Pattern MEMBER =
      Pattern.compile(
          "[\"'](\\w{1,32}+)[\"']\\s*+:\\s*+"
              + "(?:\"((?:[^\"\\\\]++|\\\\[\\s\\S])*+)\"|'((?:[^'\\\\]++|\\\\[\\s\\S])*+)'"
              + "|(\\[[^\"'{}]*+))|"
              + STRING);

  private static final List<String> LABELS = List.of("label", "text_content", "text", "name");

  /** In the order in which they are tried. */
  List<Rule> rules() {
    return List.of(
        new Rule(
                "[`",
                "(?:```(?:json)?+\\s*+)?+\\[\\s*+(?=[{\\]])|```(?:json)?+\\s*+(?=\\{)",
                Rule.SHORT,
                (reading, m) -> {
                  reading.cutWithBlanks(m.start(), m.end(), "");
                  reading.endItem(Phrase.none(m.end()), m.end());
                  reading.array(true);
                })
            .when(reading -> !reading.arrayGoesOn()),
        new Rule("{", OBJECT, LIMIT, this::take)
            .over(c -> c != '}')
            .orTruncated(
                (reading, m) -> {
                  if (reading.arrayGoesOn()) {
                    reading.cutRest();
                  }
                }),
        new Rule(
                ",",
                ",\\s*+",
                Rule.SHORT,
                (reading, m) -> {
                  reading.cutWithBlanks(m.start(), m.end());
                  reading.endItem(Phrase.none(m.end()), m.end());
                })
            .when(Reading::arrayGoesOn),
        new Rule(
                "]`",
                "\\](?:\\s*+```)?+|```",
                Rule.SHORT,
                (reading, m) -> {
                  reading.cutWithBlanks(m.start(), m.end());
                  reading.array(false);
                  reading.endItem(Phrase.none(m.end()), m.end());
                })
            .when(Reading::arrayGoesOn));
  }

  /** Members of one object. */
  private static final class Members {
    private double[] boxes = {};
    private double[] point = {};
    private int labelStart; // in the object
    private int labelEnd;
    private @Nullable String mask;
  }

  private void take(Reading reading, Matcher match) {
    Members members = members(match.group());
    boolean some =
        (members.boxes.length > 0 && members.boxes.length % 4 == 0) || members.point.length == 2;
    if (!some) {
      if (reading.arrayGoesOn(match.start())) {
        reading.cutWithBlanks(match.start(), match.end());
        reading.endItem(Phrase.none(match.end()), match.end());
      }
      return;
    }
    Phrase label = label(reading, match, members);
    double[] sides = axes.sides(reading.frame());
    for (int i = 0; members.boxes.length % 4 == 0 && i < members.boxes.length; i += 4) {
      Geometry.Position a = position(members.boxes[i], members.boxes[i + 1], sides);
      Geometry.Position b = position(members.boxes[i + 2], members.boxes[i + 3], sides);
      reading.add(
          label, Geometry.Rectangle.ofCorners(a.x(), a.y(), b.x(), b.y()), members.mask, null);
    }
    if (members.point.length == 2) {
      reading.point(label, position(members.point[0], members.point[1], sides), null, null);
    }
    reading.endItem(label, match.end());
  }

  private Members members(String object) {
    Members members = new Members();
    Matcher m = MEMBER.matcher(object);
    while (m.find()) {
      String key = m.group(1);
      int text = m.start(2) >= 0 ? 2 : 3;
      if (key == null) {
        continue;
      }
      if (m.group(4) != null && key.equals(boxKey)) {
        members.boxes = Numbers.signed(m.group(4));
      } else if (m.group(4) != null && key.equals(pointKey)) {
        members.point = Numbers.signed(m.group(4));
      } else if (m.group(text) != null && key.equals("mask")) {
        members.mask = m.group(text);
      } else if (m.group(text) != null && members.labelEnd == 0 && LABELS.contains(key)) {
        members.labelStart = m.start(text);
        members.labelEnd = m.end(text);
      }
    }
    return members;
  }

  private Geometry.Position position(double first, double second, double[] sides) {
    double x = verticalFirst ? second : first;
    double y = verticalFirst ? first : second;
    return Geometry.Position.clampedTo(x / sides[0], y / sides[1]);
  }

  /** The label, after cutting out what is around it. */
  private static Phrase label(Reading reading, Matcher match, Members members) {
    int base = match.start();
    Phrase raw = reading.named(base + members.labelStart, base + members.labelEnd);
    if (raw.isEmpty()) {
      reading.cutWithBlanks(base, match.end());
      return Phrase.none(base);
    }
    String words = JsonText.unescaped(raw.words());
    reading.cut(base, raw.start(), reading.isLabelled() ? ", " : "");
    reading.setLabelled();
    if (!words.equals(raw.words())) {
      reading.cut(raw.start(), raw.end(), words);
    }
    reading.cut(raw.end(), match.end());
    return new Phrase(words, raw.start(), raw.end());
  }
}
