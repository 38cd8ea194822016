package io.fovea.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;

/**
 * GLM-4.1V's and its successors' dialect: {@code <|begin_of_box|>[[128,241,489,731]]
 * <|end_of_box|>}, in thousandths, with brackets of any kind, or JSON with {@code bbox_2d}. The
 * tags also stand around answers that are no boxes; what has not four numbers for each is text. A
 * box belongs to the noun phrase before it. What the model thinks before the answer, between {@code
 * <think>} and {@code </think>}, is left out with its boxes.
 */
final class GlmDialect extends RuleDialect {
  GlmDialect() {
    super("glm-v", "The dog is at <|begin_of_box|>[[128,241,489,731]]<|end_of_box|>", rules());
  }

  private static List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    rules.add(
        new Rule(
            "<",
            "<\\|begin_of_box\\|>((?:[\\[\\](),;.\\d\\s>]|<(?!\\|)){1,8000}+)<\\|end_of_box\\|>",
            Rule.LONG,
            GlmDialect::take));
    rules.addAll(JsonDialect.thousandths("bbox_2d", "point_2d", false).rules());
    rules.add(
        new Rule(
            "[",
            ListsDialect.NESTED,
            Rule.LONG,
            (reading, m) ->
                ListsDialect.take(
                    reading,
                    m.group(),
                    reading.before(m.start()),
                    m.start(),
                    m.end(),
                    Scale.BELOW_1000)));
    rules.add(new Rule("<", "<think>", Rule.SHORT, (reading, m) -> reading.hide(m.start())));
    rules.add(
        Rule.dropped(
            "<", "<\\|(?:begin|end)_of_box\\|>|</?+answer>|<\\|(?:user|endoftext)\\|>|</think>"));
    List<Rule> all = new ArrayList<>();
    all.add(
        new Rule("<", "</think>", Rule.SHORT, (reading, m) -> reading.show(m.end()))
            .when(Reading::isHidden));
    for (Rule rule : rules) {
      all.add(rule.when(rule.applies().and(reading -> !reading.isHidden())));
    }
    return List.copyOf(all);
  }

  private static void take(Reading reading, Matcher m) {
    String content = m.group(1);
    int numbers = Numbers.all(content).length;
    boolean brackets = content.indexOf('[') >= 0 || content.matches("\\s*+[(<][\\s\\S]*+");
    if (brackets && numbers > 0 && numbers % 4 == 0) {
      ListsDialect.take(
          reading, content, reading.before(m.start()), m.start(), m.end(), Scale.BELOW_1000);
    } else {
      reading.cut(m.start(), m.start(1));
      reading.cut(m.end(1), m.end());
    }
  }

  @Override
  String spell(Mention mention, Frame frame) {
    String boxes = bounds(mention, ",", box -> "[" + Scale.BELOW_1000.corners(box, ",") + "]");
    String separator = mention.phrase().isEmpty() ? "" : " ";
    return mention.phrase() + separator + "<|begin_of_box|>[" + boxes + "]<|end_of_box|>";
  }
}
