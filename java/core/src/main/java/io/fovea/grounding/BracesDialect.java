package io.fovea.grounding;

import java.util.List;

/**
 * MiniGPT-v2's dialect (arXiv:2310.09478): {@code <p>two cats</p>
 * {<1><2><30><40><delim><50><60><70><80>}}, in hundredths.
 */
final class BracesDialect extends RuleDialect {
  private static final String BOX = "(?:\\s*+<\\s*+\\d{1,9}+\\s*+>){4}+";

  BracesDialect() {
    super(
        "minigpt-v2",
        "<p>a black dog</p> {<10><22><48><91>}",
        List.of(
            Rule.phrase("<p>", "</p>"),
            new Rule(
                "{",
                "\\{" + BOX + "(?:\\s*+<delim>" + BOX + ")*+\\s*+\\}",
                Rule.LONG,
                (reading, m) ->
                    ListsDialect.take(
                        reading,
                        m.group(),
                        reading.touching(m.start()),
                        m.start(),
                        m.end(),
                        Scale.TO_100)),
            Rule.dropped("<", "</?+p>|</?+s>|<delim>")));
  }

  @Override
  String spell(Mention mention, Frame frame) {
    String boxes = bounds(mention, "<delim>", box -> "<" + Scale.TO_100.corners(box, "><") + ">");
    return Tags.around("<p>", mention.phrase(), "</p> ") + "{" + boxes + "}";
  }
}
