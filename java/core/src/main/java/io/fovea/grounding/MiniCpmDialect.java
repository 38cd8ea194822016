package io.fovea.grounding;

import java.util.List;

/**
 * MiniCPM-V's dialect: {@code <ref>the cat</ref><box>105 212 430 870</box>}, in thousandths, one
 * {@code <box>} for each box.
 */
final class MiniCpmDialect extends RuleDialect {
  MiniCpmDialect() {
    super(
        "minicpm-v",
        "<ref>the cat</ref><box>105 212 430 870</box>",
        List.of(
            Rule.phrase("<ref>", "</ref>"),
            new Rule(
                "<",
                "<box>\\s*+" + Numbers.pattern(4, "(?:\\s*+,\\s*+|\\s++)") + "\\s*+</box>",
                Rule.SHORT,
                (reading, m) ->
                    ListsDialect.take(
                        reading,
                        m.group(),
                        reading.touching(m.start()),
                        m.start(),
                        m.end(),
                        Scale.TO_1000)),
            Rule.dropped("<", "</?+(?:ref|box|image|s)>|<\\|(?:im_end|endoftext)\\|>")));
  }

  @Override
  String spell(Mention mention, Frame frame) {
    return Tags.around("<ref>", mention.phrase(), "</ref>")
        + bounds(mention, "", box -> "<box>" + Scale.TO_1000.corners(box, " ") + "</box>");
  }
}
