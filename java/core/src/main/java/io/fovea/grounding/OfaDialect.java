package io.fovea.grounding;

import java.util.List;
import java.util.stream.Collectors;

/**
 * OFA's dialect (arXiv:2202.03052): {@code <bin_104> <bin_251> <bin_604> <bin_873> black cat}, bins
 * 0 to 999. They count 512 pixels of the square that the picture was squeezed to, whatever its side
 * R ({@link Frame#ofaSide}): a bin stands for bin / 999 * 512 / R of the picture.
 */
final class OfaDialect extends RuleDialect {
  private static final double MAX_IMAGE_SIZE = 512; // pixels; of every published script
  private static final double LAST = 999;

  OfaDialect() {
    super(
        "ofa",
        "<bin_104> <bin_251> <bin_604> <bin_873> black cat",
        List.of(
            new Rule(
                "<",
                "((?:<bin_\\d{1,9}+>\\s*+){4}+)([^<\\n]{0,1000}+)",
                Rule.SHORT + Rule.SHORT,
                (reading, m) -> {
                  Phrase label = reading.named(m.start(2), m.end(2));
                  double[] n = Numbers.all(m.group(1));
                  for (int i = 0; i < 4; i++) {
                    n[i] = n[i] / LAST * MAX_IMAGE_SIZE / reading.frame().ofaSide();
                  }
                  reading.add(label, Geometry.Rectangle.ofCorners(n[0], n[1], n[2], n[3]));
                  boolean separates = reading.isLabelled() && !label.isEmpty();
                  reading.cutWithBlanks(m.start(), m.start(2), separates ? ", " : "");
                  if (!label.isEmpty()) {
                    reading.setLabelled();
                  }
                  reading.endItem(label, m.end());
                }),
            Rule.dropped("<", "<bin_\\d{1,9}+>|<code_\\d{1,9}+>|</?+s>|<(?:pad|unk|mask)>")));
  }

  /** The bin of a fraction; half to even. */
  static int bin(double fraction, int side) {
    return (int) Math.min(LAST, Math.rint(fraction * side / MAX_IMAGE_SIZE * LAST));
  }

  @Override
  String spell(Mention mention, Frame frame) {
    return mention.shapes().stream()
        .map(shape -> (box(shape.bounds(), frame.ofaSide()) + mention.phrase()).strip())
        .collect(Collectors.joining(" "));
  }

  private static String box(Geometry.Rectangle box, int side) {
    return "<bin_%d> <bin_%d> <bin_%d> <bin_%d> "
        .formatted(
            bin(box.x0(), side), bin(box.y0(), side), bin(box.x1(), side), bin(box.y1(), side));
  }

  @Override
  boolean isList() {
    return true;
  }

  @Override
  String list(List<String> mentions) {
    return String.join(" ", mentions);
  }
}
