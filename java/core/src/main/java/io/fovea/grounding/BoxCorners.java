package io.fovea.grounding;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The ways in which four properties spell a box. */
record BoxCorners(Map<String, ToDoubleFunction<PixelBox>> edges) {
  private static final List<BoxCorners> ALL =
      List.of(
          edges("left", "top", "right", "bottom"),
          edges("x0", "y0", "x1", "y1"),
          edges("x1", "y1", "x2", "y2"),
          edges("xmin", "ymin", "xmax", "ymax"),
          edges("xMin", "yMin", "xMax", "yMax"),
          sides("left", "top"),
          sides("x", "y"));

  private static BoxCorners edges(String left, String top, String right, String bottom) {
    return new BoxCorners(
        Map.of(
            left,
            PixelBox::left,
            top,
            PixelBox::top,
            right,
            PixelBox::right,
            bottom,
            PixelBox::bottom));
  }

  private static BoxCorners sides(String left, String top) {
    return new BoxCorners(
        Map.of(
            left,
            PixelBox::left,
            top,
            PixelBox::top,
            "width",
            PixelBox::width,
            "height",
            PixelBox::height));
  }

  /** The first way whose four names are all there. */
  static @Nullable BoxCorners among(Predicate<String> there) {
    return ALL.stream()
        .filter(each -> each.edges().keySet().stream().allMatch(there))
        .findFirst()
        .orElse(null);
  }
}
