package io.fovea.cli;

import io.fovea.ImageSize;
import io.fovea.grounding.Geometry;
import io.fovea.grounding.GroundedText;
import io.fovea.grounding.PixelBox;
import io.fovea.grounding.Pointing;
import io.fovea.grounding.Region;
import io.fovea.grounding.Span;
import io.fovea.server.wire.FoundRegion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code fovea boxes} prints.
 *
 * @param text without tags and boxes
 * @param written the text in another dialect; absent where none was asked for
 */
record BoxFacts(
    String command,
    String dialect,
    String text,
    List<Shape> regions,
    List<Place> points,
    @Nullable String written) {
  private static final double DIGITS = 1e6; // of fractions

  /**
   * A region.
   *
   * @param span where the phrase stands in {@code text}: first char, and after the last
   * @param box in thousandths
   * @param pixels to a tenth; absent where the picture's size is not known
   * @param kind rectangle, quad or polygon
   * @param corners x and y in fractions of the picture, one corner after the other; of a rectangle
   *     the upper left and the lower right one
   * @param maskCodes the mask in the model's codes; absent where there is none
   * @param index which candidate it is; absent where it is none
   * @param degenerate whether it covers no area
   */
  record Shape(
      String phrase,
      List<Integer> span,
      List<Integer> box,
      @Nullable List<Double> pixels,
      String kind,
      List<Double> corners,
      @Nullable String maskCodes,
      @Nullable Integer index,
      boolean degenerate) {}

  /**
   * A point.
   *
   * @param point in thousandths
   * @param pixels to a tenth; absent where the picture's size is not known
   * @param corners x and y in fractions of the picture
   * @param time frame or seconds, index: the model's number; absent where it gave none
   */
  record Place(
      String phrase,
      List<Integer> span,
      List<Integer> point,
      @Nullable List<Double> pixels,
      List<Double> corners,
      @Nullable Double time,
      @Nullable Integer index) {}

  static BoxFacts of(
      String dialect, GroundedText read, @Nullable ImageSize size, @Nullable String written) {
    return new BoxFacts(
        "boxes",
        dialect,
        read.plainText(),
        read.regions().stream().map(region -> shape(read, region, size)).toList(),
        read.pointings().stream().map(pointing -> place(read, pointing, size)).toList(),
        written);
  }

  private static Shape shape(GroundedText read, Region region, @Nullable ImageSize size) {
    PixelBox pixels = size == null ? null : region.toPixels(size);
    Geometry shape = region.shape();
    return new Shape(
        region.phrase(),
        ends(read.inPlainText(region)),
        FoundRegion.numbers(region.box()),
        pixels == null ? null : FoundRegion.numbers(pixels),
        shape.getClass().getSimpleName().toLowerCase(Locale.ROOT),
        corners(shape),
        region.maskCodes(),
        region.index(),
        region.degenerate());
  }

  private static Place place(GroundedText read, Pointing pointing, @Nullable ImageSize size) {
    return new Place(
        pointing.phrase(),
        ends(read.inPlainText(pointing)),
        List.of(pointing.point().x(), pointing.point().y()),
        size == null ? null : pixels(pointing, size),
        corners(pointing.position()),
        pointing.time(),
        pointing.index());
  }

  private static List<Double> pixels(Pointing pointing, ImageSize size) {
    return List.of(
        Facts.rounded(pointing.position().x() * size.width(), 10),
        Facts.rounded(pointing.position().y() * size.height(), 10));
  }

  private static List<Integer> ends(Span span) {
    return List.of(span.start(), span.end());
  }

  private static List<Double> corners(Geometry shape) {
    List<Geometry.Position> corners =
        shape instanceof Geometry.Quad quad
            ? quad.corners()
            : shape instanceof Geometry.Polygon polygon
                ? polygon.corners()
                : shape instanceof Geometry.Position position
                    ? List.of(position)
                    : ends(shape.bounds());
    List<Double> numbers = new ArrayList<>();
    for (Geometry.Position corner : corners) {
      numbers.add(Facts.rounded(corner.x(), DIGITS));
      numbers.add(Facts.rounded(corner.y(), DIGITS));
    }
    return numbers;
  }

  private static List<Geometry.Position> ends(Geometry.Rectangle box) {
    return List.of(
        new Geometry.Position(box.x0(), box.y0()), new Geometry.Position(box.x1(), box.y1()));
  }

  /** One line for people for each region, then for each point. */
  static List<String> lines(GroundedText read, @Nullable ImageSize size) {
    int width = 1;
    for (Region region : read.regions()) {
      width = Math.max(width, region.phrase().length());
    }
    for (Pointing pointing : read.pointings()) {
      width = Math.max(width, pointing.phrase().length());
    }
    List<String> lines = new ArrayList<>();
    for (Region region : read.regions()) {
      PixelBox box = size == null ? null : region.toPixels(size);
      List<Double> pixels = box == null ? List.of() : FoundRegion.numbers(box);
      String kind = region.shape() instanceof Geometry.Rectangle ? "" : "  " + kind(region);
      lines.add(line(width, region.phrase(), region.box().text(), pixels) + kind);
    }
    for (Pointing pointing : read.pointings()) {
      List<Double> pixels = size == null ? List.of() : pixels(pointing, size);
      lines.add(line(width, pointing.phrase(), pointing.point().text(), pixels));
    }
    return lines;
  }

  private static String kind(Region region) {
    return region.shape() instanceof Geometry.Quad ? "around a quad" : "around a polygon";
  }

  private static String line(int width, String phrase, String box, List<Double> pixels) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "%-" + width + "s  %s", phrase, box));
    if (!pixels.isEmpty()) {
      line.append("  px");
      pixels.forEach(each -> line.append(String.format(Locale.ROOT, " %7.1f", each)));
    }
    return line.toString();
  }
}
