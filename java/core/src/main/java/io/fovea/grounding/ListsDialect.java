package io.fovea.grounding;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Dialects that write boxes as nested lists between tags, {@code <ref>the man</ref><box>[[322, 152,
 * 602, 998]]</box>}: InternVL and, with other tags, DeepSeek-VL2 and DeepSeek-OCR. A list that is
 * cut off counts up to its last complete box. Where the tags were stripped, a nested list alone
 * belongs to the noun phrase before it.
 */
final class ListsDialect extends RuleDialect {
  private static final String BOX = "\\[\\s*+" + Numbers.pattern(4, "\\s*+,\\s*+") + "\\s*+\\]";

  /** Boxes in a list, the last bracket maybe missing. */
  static final String NESTED =
      "\\[\\s*+" + BOX + "(?:\\s*+,\\s*+" + BOX + ")*+(?:\\s*+,)?+(?:\\s*+\\])?+";

  private final String ref;
  private final String refEnd;
  private final String det;
  private final String detEnd;
  private final Scale scale;

  private ListsDialect(
      String name, String ref, String refEnd, String det, String detEnd, Scale scale, String more) {
    super(
        name,
        ref + "the man in black" + refEnd + det + "[[322, 152, 602, 998]]" + detEnd,
        List.of(
            Rule.phrase(ref, refEnd),
            new Rule(
                "<",
                Pattern.quote(det)
                    + "\\s*+("
                    + NESTED
                    + "|"
                    + BOX
                    + ")(?:\\s*+"
                    + Pattern.quote(detEnd)
                    + ")?+",
                Rule.LONG,
                (reading, m) ->
                    take(
                        reading,
                        m.group(1),
                        reading.touching(m.start()),
                        m.start(),
                        m.end(),
                        scale)),
            new Rule(
                "[",
                NESTED,
                Rule.LONG,
                (reading, m) ->
                    take(reading, m.group(), reading.before(m.start()), m.start(), m.end(), scale)),
            Rule.dropped(
                "<",
                Pattern.quote(ref)
                    + "|"
                    + Pattern.quote(refEnd)
                    + "|"
                    + Pattern.quote(det)
                    + "|"
                    + Pattern.quote(detEnd)
                    + "|"
                    + more)));
    this.ref = ref;
    this.refEnd = refEnd;
    this.det = det;
    this.detEnd = detEnd;
    this.scale = scale;
  }

  static ListsDialect internVl() {
    return new ListsDialect(
        "internvl",
        "<ref>",
        "</ref>",
        "<box>",
        "</box>",
        Scale.TO_1000,
        "<\\|im_(?:start|end)\\|>|</?+s>|</?+quad>");
  }

  static ListsDialect deepSeek() {
    return new ListsDialect(
        "deepseek-vl2",
        "<|ref|>",
        "<|/ref|>",
        "<|det|>",
        "<|/det|>",
        Scale.TO_999,
        "<\\|grounding\\|>|<｜(?:begin|end)▁of▁sentence｜>");
  }

  /** The boxes of a list. */
  static void take(Reading reading, String list, Phrase phrase, int start, int end, Scale scale) {
    double[] n = Numbers.all(list);
    for (int i = 0; i < n.length; i += 4) {
      reading.add(phrase, scale.box(n, i));
    }
    reading.cutWithBlanks(start, end);
    reading.endItem(phrase, end);
  }

  @Override
  String spell(Mention mention, Frame frame) {
    return Tags.around(ref, mention.phrase(), refEnd)
        + det
        + "["
        + bounds(mention, ", ", box -> "[" + scale.corners(box, ", ") + "]")
        + "]"
        + detEnd;
  }
}
