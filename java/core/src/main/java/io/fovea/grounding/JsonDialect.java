package io.fovea.grounding;

import io.fovea.ImageSize;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Dialects that are JSON: {@code [{"bbox_2d": [112, 356, 498, 902], "label": "dog"}]} of
 * Qwen2.5-VL, in pixels of the picture as resized for the model; the same of Qwen3-VL, in
 * thousandths; and Gemini's {@code box_2d}, in thousandths with y first.
 */
final class JsonDialect extends RuleDialect {
  private static final double THOUSAND = 1000;
  private static final String QWEN2_5 = "qwen2.5-vl";

  private final JsonObjects objects;

  private JsonDialect(String name, JsonObjects objects, String example) {
    super(name, example, objects.rules());
    this.objects = objects;
  }

  static JsonDialect qwen2Point5() {
    return new JsonDialect(
        QWEN2_5,
        new JsonObjects("bbox_2d", "point_2d", false, JsonDialect::resized),
        "[{\"bbox_2d\": [341, 258, 397, 360], \"label\": \"bird\"}]");
  }

  static JsonDialect qwen3() {
    return new JsonDialect(
        "qwen3-vl",
        thousandths("bbox_2d", "point_2d", /* verticalFirst= */ false),
        "[{\"bbox_2d\": [112, 356, 498, 902], \"label\": \"dog\"}]");
  }

  static JsonDialect gemini() {
    return new JsonDialect(
        "gemini",
        thousandths("box_2d", "point", /* verticalFirst= */ true),
        "[{\"box_2d\": [241, 128, 731, 489], \"label\": \"dog\"}]");
  }

  /** Objects whose numbers are thousandths of the picture. */
  static JsonObjects thousandths(String boxKey, String pointKey, boolean verticalFirst) {
    return new JsonObjects(
        boxKey, pointKey, verticalFirst, frame -> new double[] {THOUSAND, THOUSAND});
  }

  private static double[] resized(Frame frame) {
    ImageSize size = frame.requireResized(QWEN2_5, /* computable= */ true);
    return new double[] {size.width(), size.height()};
  }

  @Override
  void check(Frame frame) {
    objects.axes().sides(frame);
  }

  @Override
  String spell(Mention mention, Frame frame) {
    double[] sides = objects.axes().sides(frame);
    return mention.shapes().stream()
        .map(shape -> object(shape, mention.phrase(), sides))
        .collect(Collectors.joining(", "));
  }

  private String object(Geometry shape, String label, double[] sides) {
    Geometry.Rectangle box = shape.bounds();
    boolean point = shape instanceof Geometry.Position;
    String numbers = pair(box.x0(), box.y0(), sides);
    if (!point) {
      numbers += ", " + pair(box.x1(), box.y1(), sides);
    }
    return "{\""
        + (point ? objects.pointKey() : objects.boxKey())
        + "\": ["
        + numbers
        + "]"
        + (label.isEmpty() ? "" : ", \"label\": " + JsonText.quoted(label))
        + "}";
  }

  private String pair(double x, double y, double[] sides) {
    long across = Math.round(x * sides[0]);
    long down = Math.round(y * sides[1]);
    return objects.verticalFirst() ? down + ", " + across : across + ", " + down;
  }

  @Override
  boolean isList() {
    return true;
  }

  @Override
  String list(List<String> mentions) {
    return "[" + String.join(", ", mentions) + "]";
  }
}
