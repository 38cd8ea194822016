package io.fovea.grounding;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * PaliGemma's dialect (arXiv:2407.07726): {@code <loc0256><loc0128><loc0768><loc0512> cat ;
 * <loc...> dog}. The order is y0, x0, y1, x1; a number stands for n / 1024. Sixteen {@code
 * <seg...>} codes between box and label are a mask; they are kept, not decoded.
 */
final class PaliGemmaDialect extends RuleDialect {
  private static final double BINS = 1024; // when read
  private static final double LAST = 1023; // when written: rounded to the nearest, as in training

  PaliGemmaDialect() {
    super(
        "paligemma",
        "<loc0000><loc0000><loc0930><loc1012> wall ; <loc0256><loc0230><loc0900><loc0800> cat",
        List.of(
            new Rule(
                "<",
                "((?:<loc\\d{4}>){4}+)\\s*+((?:<seg\\d{3}>){16}+)?+([^;<\\n]{0,1000}+)",
                Rule.LONG,
                (reading, m) -> {
                  Phrase label = reading.named(m.start(3), m.end(3));
                  double[] n = Numbers.all(m.group(1));
                  reading.add(
                      label,
                      Geometry.Rectangle.ofCorners(
                          n[1] / BINS, n[0] / BINS, n[3] / BINS, n[2] / BINS),
                      m.group(2),
                      null);
                  reading.cut(m.start(), m.start(3));
                  reading.endItem(label, m.end());
                }),
            Rule.dropped("<", "<(?:loc\\d{4}|seg\\d{3}|[be]os|pad)>")));
  }

  @Override
  String spell(Mention mention, Frame frame) {
    return mention.shapes().stream()
        .map(shape -> (box(shape.bounds()) + " " + mention.phrase()).strip())
        .collect(Collectors.joining(" ; "));
  }

  private static String box(Geometry.Rectangle box) {
    return number(box.y0()) + number(box.x0()) + number(box.y1()) + number(box.x1());
  }

  private static String number(double fraction) {
    return String.format(Locale.ROOT, "<loc%04d>", (int) Math.rint(fraction * LAST));
  }

  @Override
  boolean isList() {
    return true;
  }

  @Override
  String list(List<String> mentions) {
    return String.join(" ; ", mentions);
  }
}
