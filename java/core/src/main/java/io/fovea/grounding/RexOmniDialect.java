package io.fovea.grounding;

import java.util.List;
import java.util.Locale;

/**
 * Rex-Omni's dialect: {@code <|object_ref_start|>dog<|object_ref_end|><|box_start|>
 * <12><412><568><796>, <600><20><700><90><|box_end|>}; 999 is the far edge. Two numbers are a
 * point.
 */
final class RexOmniDialect extends RuleDialect {
  private static final String NUMBER = "\\s*+<\\d{1,9}+>";
  private static final String PLACE = NUMBER + NUMBER + "(?:" + NUMBER + NUMBER + ")?+";

  RexOmniDialect() {
    super(
        "rex-omni",
        "<|object_ref_start|>dog<|object_ref_end|><|box_start|><12><412><568><796><|box_end|>",
        List.of(
            Rule.phrase("<|object_ref_start|>", "<|object_ref_end|>"),
            new Rule(
                "<",
                "<\\|box_start\\|>("
                    + PLACE
                    + "(?:\\s*+,"
                    + PLACE
                    + ")*+)(?:\\s*+<\\|box_end\\|>)?+",
                Rule.LONG,
                (reading, m) -> {
                  Phrase phrase = reading.touching(m.start());
                  for (String place : m.group(1).split(",")) {
                    double[] n = Numbers.all(place);
                    if (n.length == 4) {
                      reading.add(phrase, Scale.TO_999.box(n, 0));
                    } else {
                      reading.point(phrase, Scale.TO_999.position(n[0], n[1]), null, null);
                    }
                  }
                  reading.cutWithBlanks(m.start(), m.end());
                  reading.endItem(phrase, m.end());
                }),
            Rule.dropped("<", "<\\|(?:object_ref|box|im)_(?:start|end)\\|>")));
  }

  @Override
  String spell(Mention mention, Frame frame) {
    return Tags.around("<|object_ref_start|>", mention.phrase(), "<|object_ref_end|>")
        + "<|box_start|>"
        + String.join(", ", mention.shapes().stream().map(RexOmniDialect::shape).toList())
        + "<|box_end|>";
  }

  private static String shape(Geometry shape) {
    if (shape instanceof Geometry.Position at) {
      int x = Scale.TO_999.number(at.x());
      int y = Scale.TO_999.number(at.y());
      return String.format(Locale.ROOT, "<%d><%d>", x, y);
    }
    return "<" + Scale.TO_999.corners(shape.bounds(), "><") + ">";
  }
}
