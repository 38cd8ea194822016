package io.fovea.server.wire;

import io.fovea.ImageSize;
import io.fovea.engine.Caption;
import io.fovea.engine.TextRange;
import io.fovea.grounding.Box;
import io.fovea.grounding.EdgeSpread;
import io.fovea.grounding.GroundedText;
import io.fovea.grounding.PixelBox;
import io.fovea.grounding.Region;
import io.fovea.grounding.Span;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A box with its phrase.
 *
 * @param box x0, y0, x1, y1 in thousandths of the picture's sides
 * @param pixels left, top, right, bottom, rounded to a tenth of a pixel
 * @param confidence 0 to 1; absent where the box was read from free text
 * @param calibratedConfidence 0 to 1; absent where the model has no calibration
 * @param spread of x0, y0, x1, y1, rounded to a hundredth of a thousandth; absent as confidence
 * @param range where the phrase stands in the text without boxes: start and end in UTF-16 units;
 *     absent where the box was not read from text
 */
public record FoundRegion(
    String phrase,
    List<Integer> box,
    List<Double> pixels,
    @Nullable Double confidence,
    @Nullable Double calibratedConfidence,
    @Nullable List<Double> spread,
    @Nullable List<Integer> range) {
  private static final double SHARES = 1e4; // rounded to

  /** A region on a picture of this size. */
  public static FoundRegion of(Region region, ImageSize size) {
    return of(region, size, null);
  }

  private static FoundRegion of(Region region, ImageSize size, @Nullable Span range) {
    return new FoundRegion(
        region.phrase(),
        numbers(region.box()),
        numbers(region.toPixels(size)),
        rounded(region.confidence(), SHARES),
        rounded(region.calibratedConfidence(), SHARES),
        numbers(region.spread()),
        range == null ? null : List.of(range.start(), range.end()));
  }

  /** All of them. */
  public static List<FoundRegion> of(List<Region> regions, ImageSize size) {
    return regions.stream().map(region -> of(region, size)).toList();
  }

  /** Regions that were read from a text, as the text stands now. */
  public static List<FoundRegion> inText(List<Region> regions, GroundedText text, ImageSize size) {
    return regions.stream().map(region -> of(region, size, text.inPlainText(region))).toList();
  }

  /** The regions of a caption. */
  public static List<FoundRegion> inCaption(Caption caption, ImageSize size) {
    return caption.regions().stream()
        .map(
            region -> {
              TextRange range = caption.inPlainText(region);
              return of(region, size, new Span(range.start(), range.end()));
            })
        .toList();
  }

  /** Edges in thousandths. */
  public static List<Integer> numbers(Box box) {
    return List.of(box.x0(), box.y0(), box.x1(), box.y1());
  }

  /** Edges to a tenth of a pixel. */
  public static List<Double> numbers(PixelBox box) {
    return Stream.of(box.left(), box.top(), box.right(), box.bottom())
        .map(edge -> Math.round(edge * 10) / 10.0)
        .toList();
  }

  private static @Nullable List<Double> numbers(@Nullable EdgeSpread spread) {
    return spread == null
        ? null
        : Stream.of(spread.x0(), spread.y0(), spread.x1(), spread.y1())
            .map(edge -> Math.round(edge * 100) / 100.0)
            .toList();
  }

  /** {@code value} rounded to 1 / {@code unit}. */
  public static @Nullable Double rounded(@Nullable Double value, double unit) {
    return value == null ? null : Math.round(value * unit) / unit;
  }
}
