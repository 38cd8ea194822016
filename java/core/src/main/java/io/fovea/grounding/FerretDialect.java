package io.fovea.grounding;

import java.util.List;

/**
 * Ferret's dialect (arXiv:2310.07704): {@code a cat [302, 115, 644, 880]}, in thousandths. A box
 * belongs to the noun phrase before it, consecutive ones to the same.
 */
final class FerretDialect extends RuleDialect {
  FerretDialect() {
    super(
        "ferret",
        "There is a cat [302, 115, 644, 880] sitting on a chair [102, 40, 700, 990].",
        List.of(
            new Rule(
                "[",
                "\\[\\s*+\\d{1,4}+(?:\\s*+,\\s*+\\d{1,4}+){3}+\\s*+\\](?:\\s*+<region_fea>)?+",
                Rule.SHORT,
                (reading, m) ->
                    ListsDialect.take(
                        reading,
                        m.group(),
                        reading.before(m.start()),
                        m.start(),
                        m.end(),
                        Scale.BELOW_1000)),
            Rule.dropped("<", "<region_fea>|</?+s>")));
  }

  @Override
  String spell(Mention mention, Frame frame) {
    String boxes = bounds(mention, " ", box -> "[" + Scale.BELOW_1000.corners(box, ", ") + "]");
    return mention.phrase().isEmpty() ? boxes : mention.phrase() + " " + boxes;
  }
}
