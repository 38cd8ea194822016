package io.fovea.grounding;

import io.fovea.ImageSize;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Kosmos-2.5's dialect (arXiv:2309.11419) for lines of written text: {@code
 * <bbox><x_53><y_573><x_69><y_606></bbox>1}, in pixels of the picture as resized for the model.
 */
final class OcrBoxDialect extends RuleDialect {
  private static final String NAME = "kosmos-2.5";
  private static final String CORNER = "\\s*+<x_\\d{1,9}+>\\s*+<y_\\d{1,9}+>";

  OcrBoxDialect() {
    super(
        NAME,
        "<ocr><bbox><x_53><y_573><x_69><y_606></bbox>1",
        List.of(
            new Rule(
                "<",
                "(<bbox>" + CORNER + CORNER + "\\s*+</bbox>)([^<\\n]{0,4000}+)",
                Rule.LONG,
                (reading, m) -> {
                  Phrase line = reading.named(m.start(2), m.end(2));
                  ImageSize size = reading.frame().requireResized(NAME, /* computable= */ false);
                  double[] n = Numbers.all(m.group(1));
                  double w = size.width();
                  double h = size.height();
                  reading.add(
                      line, Geometry.Rectangle.ofCorners(n[0] / w, n[1] / h, n[2] / w, n[3] / h));
                  reading.cut(m.start(), m.end(1));
                  reading.endItem(line, m.end());
                }),
            Rule.dropped("<", "</?+(?:bbox|ocr|md|s|image)>|<[xy]_\\d{1,9}+>")));
  }

  @Override
  void check(Frame frame) {
    frame.requireResized(NAME, /* computable= */ false);
  }

  @Override
  String spell(Mention mention, Frame frame) {
    ImageSize size = frame.requireResized(NAME, /* computable= */ false);
    return mention.shapes().stream()
        .map(
            shape -> {
              PixelBox box = shape.bounds().toPixels(size);
              return "<bbox><x_%d><y_%d><x_%d><y_%d></bbox>%s"
                  .formatted(
                      Math.round(box.left()),
                      Math.round(box.top()),
                      Math.round(box.right()),
                      Math.round(box.bottom()),
                      mention.phrase());
            })
        .collect(Collectors.joining("\n"));
  }

  @Override
  boolean isList() {
    return true;
  }

  @Override
  String list(List<String> mentions) {
    return String.join("\n", mentions);
  }
}
