package io.fovea.grounding;

import java.util.List;

/**
 * NExT-Chat's dialect (arXiv:2311.04498): {@code A woman <at> <boxes> is sitting}. The n-th pair of
 * tags is the n-th of {@link Frame#candidates}, in fractions of the picture padded to a square; it
 * belongs to the noun phrase before it. A pair that has no box is text without a region.
 */
final class NextChatDialect extends RuleDialect {
  private static final String NAME = "next-chat";

  NextChatDialect() {
    super(
        NAME,
        "A woman <at> <boxes> is sitting next to a man <at> <boxes> .",
        List.of(
            new Rule(
                "<",
                "<at>\\s*+<boxes>",
                Rule.SHORT,
                (reading, m) -> {
                  Phrase phrase = reading.before(m.start());
                  List<CandidateBox> boxes = reading.frame().requireCandidates(NAME);
                  int n = reading.count();
                  if (n < boxes.size()) {
                    CandidateBox box = boxes.get(n);
                    PaddedSquare square = square(reading.frame());
                    reading.add(
                        phrase, square.box(box.x0(), box.y0(), box.x1(), box.y1()), null, n);
                  }
                  reading.cutWithBlanks(m.start(), m.end());
                  reading.endItem(phrase, m.end());
                }),
            Rule.dropped("<", "<at>|<boxes>|</?+s>|<im_(?:patch|start|end)>")));
  }

  private static PaddedSquare square(Frame frame) {
    return PaddedSquare.of(frame.requirePicture(NAME));
  }

  @Override
  public boolean needsPicture() {
    return true;
  }

  @Override
  void check(Frame frame) {
    square(frame);
    frame.requireCandidates(NAME);
  }

  /** The tags; where the shapes are is not in the text. */
  @Override
  String spell(Mention mention, Frame frame) {
    return (mention.phrase() + bounds(mention, "", box -> " <at> <boxes>")).stripLeading();
  }
}
