package io.fovea.grounding;

import java.util.List;

/**
 * Dialects that name boxes by number ({@link Frame#candidates}): Groma's {@code <p>Two
 * dogs</p><roi><r3><r17></roi>} and, with other tags, ChatRex's. Numbers without a box are left
 * out.
 */
final class CandidatesDialect extends RuleDialect {
  private final String open;
  private final String close;
  private final String group;
  private final String groupEnd;
  private final String letter;

  private CandidatesDialect(
      String name,
      String open,
      String close,
      String group,
      String groupEnd,
      String letter,
      String dropped) {
    super(
        name,
        open
            + "Two dogs"
            + close
            + group
            + "<"
            + letter
            + "3><"
            + letter
            + "17>"
            + groupEnd
            + " are playing.",
        List.of(
            Rule.phrase(open, close),
            new Rule(
                "<",
                group + "((?:\\s*+<" + letter + "\\d{1,4}+>)++)(?:\\s*+" + groupEnd + ")?+",
                Rule.LONG,
                (reading, m) -> {
                  Phrase phrase = reading.touching(m.start());
                  List<CandidateBox> boxes = reading.frame().requireCandidates(name);
                  for (double n : Numbers.all(m.group(1))) {
                    if (n < boxes.size()) {
                      reading.add(phrase, shape(boxes.get((int) n)), null, (int) n);
                    }
                  }
                  reading.cutWithBlanks(m.start(), m.end());
                  reading.endItem(phrase, m.end());
                }),
            Rule.dropped("<[", dropped)));
    this.open = open;
    this.close = close;
    this.group = group;
    this.groupEnd = groupEnd;
    this.letter = letter;
  }

  static CandidatesDialect groma() {
    return new CandidatesDialect(
        "groma",
        "<p>",
        "</p>",
        "<roi>",
        "</roi>",
        "r",
        "\\[PAD\\]|\\[grounding\\]|<sep>|</?+(?:img|roi|p|s)>|<(?:image|region)>"
            + "|<(?:refer_box|ground_box|refer_feat)>|<r\\d{1,2}>");
  }

  static CandidatesDialect chatRex() {
    return new CandidatesDialect(
        "chatrex",
        "<ground>",
        "</ground>",
        "<objects>",
        "</objects>",
        "obj",
        "</?+(?:ground|objects|s)>|<obj\\d{1,4}+>");
  }

  private static Geometry.Rectangle shape(CandidateBox box) {
    return Geometry.Rectangle.ofCorners(box.x0(), box.y0(), box.x1(), box.y1());
  }

  @Override
  void check(Frame frame) {
    frame.requireCandidates(name());
  }

  /** Each shape is named by the candidate that overlaps it most, as the models' own prompts do. */
  @Override
  String spell(Mention mention, Frame frame) {
    List<CandidateBox> boxes = frame.requireCandidates(name());
    String numbers =
        bounds(mention, "", box -> boxes.isEmpty() ? "" : "<" + letter + nearest(boxes, box) + ">");
    return Tags.around(open, mention.phrase(), close) + group + numbers + groupEnd;
  }

  private static int nearest(List<CandidateBox> boxes, Geometry.Rectangle wanted) {
    int best = 0;
    for (int i = 1; i < boxes.size(); i++) {
      if (shape(boxes.get(i)).iou(wanted) > shape(boxes.get(best)).iou(wanted)) {
        best = i;
      }
    }
    return best;
  }
}
