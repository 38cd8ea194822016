package io.fovea.grounding;

import com.fasterxml.jackson.annotation.JsonValue;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which pixels of a picture something covers. Kept as the runs of equal pixels that COCO's masks
 * are made of, so it takes little room, and what compares masks takes time by the runs. Immutable;
 * as JSON it is a {@link CocoRle}.
 */
public final class Mask {
  private final ImageSize size;
  private final int[] ends; // as of RunCollector; the last is the number of pixels

  /** A piece of a column that is covered, as long as it can be. */
  @FunctionalInterface
  interface PieceVisitor {
    /**
     * @param top first row
     * @param bottom after the last row
     */
    void visit(int x, int top, int bottom);
  }

  /** What a pixel is. */
  @FunctionalInterface
  private interface Pixels {
    boolean covered(int x, int y);
  }

  private Mask(ImageSize size, int[] ends) {
    this.size = size;
    this.ends = ends;
  }

  /**
   * From rows of pixels, top row first.
   *
   * @throws InvalidRequestException where there are no pixels, or rows differ in length
   */
  public static Mask of(boolean[][] rows) {
    if (rows.length == 0 || rows[0].length == 0) {
      throw new InvalidRequestException("a mask has no pixels", "give at least one row of one");
    }
    int width = rows[0].length;
    for (boolean[] row : rows) {
      if (row.length != width) {
        throw new InvalidRequestException(
            "a mask has rows of " + width + " and of " + row.length + " pixels",
            "give rows of the same length");
      }
    }
    return of(requireSize(new ImageSize(width, rows.length)), (x, y) -> rows[y][x]);
  }

  /**
   * Of a model's logits, which are above 0 where it is more likely than not that a pixel is
   * covered.
   *
   * @param logits one for each pixel, row after row
   * @throws InvalidRequestException where their number is not that of the pixels, or one is NaN
   */
  public static Mask ofLogits(ImageSize size, float[] logits) {
    if (logits.length != size.pixels()) {
      throw new InvalidRequestException(
          logits.length + " logits for a mask of " + size, "give one for each pixel");
    }
    for (int i = 0; i < logits.length; i++) {
      if (Float.isNaN(logits[i])) {
        throw new InvalidRequestException("logit " + i + " of a mask is NaN", "give numbers");
      }
    }
    return of(size, (x, y) -> logits[y * size.width() + x] > 0);
  }

  /**
   * From the lengths of its runs: COCO's masks as lists of numbers.
   *
   * @param runs lengths of runs of pixels that are not covered and covered, in turn, column after
   *     column, each from top to bottom
   * @throws InvalidRequestException where one is negative, or their sum is not the number of pixels
   */
  public static Mask ofRuns(ImageSize size, List<Integer> runs) {
    return ofRuns(size, runs.stream().mapToInt(Integer::intValue).toArray());
  }

  /**
   * From COCO's compressed form.
   *
   * @throws InvalidRequestException where that is damaged
   */
  public static Mask of(CocoRle coco) {
    return ofRuns(coco.imageSize(), coco.lengths());
  }

  /**
   * What polygons cover, all together, as COCO's tools fill them: the truths of its data sets.
   *
   * @param polygons for each x and y of its corners in turn, in pixels, closed from the last to the
   *     first; one that crosses itself covers what an odd number of its turns goes around
   * @throws InvalidRequestException where one has fewer than three corners, or a corner is not
   *     finite or far outside of the picture
   */
  public static Mask ofPolygons(ImageSize size, List<double[]> polygons) {
    CocoPolygons filled = new CocoPolygons(requireSize(size));
    for (int i = 0; i < polygons.size(); i++) {
      filled.add(i, polygons.get(i));
    }
    return new Mask(size, filled.ends());
  }

  private static Mask ofRuns(ImageSize size, int[] runs) {
    long left = requireSize(size).pixels();
    RunCollector collected = new RunCollector();
    for (int i = 0; i < runs.length; i++) {
      left -= runs[i];
      if (runs[i] < 0 || left < 0) {
        throw new InvalidRequestException(
            "run " + i + " of a mask of " + size + " has " + runs[i] + " pixels",
            "give lengths from 0 that together are the number of its pixels");
      }
      collected.add(i % 2 == 1, runs[i]);
    }
    if (left > 0) {
      throw new InvalidRequestException(
          "the runs of a mask of " + size + " lack " + left + " pixels",
          "give lengths that together are the number of its pixels");
    }
    return new Mask(size, collected.ends());
  }

  private static Mask of(ImageSize size, Pixels pixels) {
    RunCollector runs = new RunCollector();
    for (int x = 0; x < size.width(); x++) {
      for (int y = 0; y < size.height(); y++) {
        runs.add(pixels.covered(x, y), 1);
      }
    }
    return new Mask(size, runs.ends());
  }

  private static ImageSize requireSize(ImageSize size) {
    if (size.pixels() > Integer.MAX_VALUE) {
      throw new InvalidRequestException(
          "a mask of " + size + " has " + size.pixels() + " pixels",
          "give one of at most " + Integer.MAX_VALUE);
    }
    return size;
  }

  /** The picture's size. */
  public ImageSize size() {
    return size;
  }

  /** As {@link #ofRuns(ImageSize, List)} reads it; the first may be 0, the others are not. */
  public List<Integer> runs() {
    return Arrays.stream(lengths()).boxed().toList();
  }

  /** COCO's compressed form. */
  @JsonValue
  public CocoRle toCocoRle() {
    return CocoRle.of(size, lengths());
  }

  private int[] lengths() {
    int[] lengths = new int[ends.length];
    for (int i = 0; i < ends.length; i++) {
      lengths[i] = ends[i] - start(i);
    }
    return lengths;
  }

  private int start(int run) {
    return run == 0 ? 0 : ends[run - 1];
  }

  /** Number of covered pixels. */
  public int area() {
    int area = 0;
    for (int run = 1; run < ends.length; run += 2) {
      area += ends[run] - start(run);
    }
    return area;
  }

  /** The smallest rectangle around the covered pixels; null where there are none. */
  public @Nullable PixelBox bounds() {
    int[] edges = {size.width(), size.height(), 0, 0};
    forEachPiece(
        (x, top, bottom) -> {
          edges[0] = Math.min(edges[0], x);
          edges[1] = Math.min(edges[1], top);
          edges[2] = x + 1;
          edges[3] = Math.max(edges[3], bottom);
        });
    return edges[2] == 0 ? null : new PixelBox(edges[0], edges[1], edges[2], edges[3]);
  }

  /** Whether this pixel is covered; none is outside of the picture. */
  public boolean contains(int x, int y) {
    if (x < 0 || x >= size.width() || y < 0 || y >= size.height()) {
      return false;
    }
    int end = Arrays.binarySearch(ends, index(x, y));
    return (end >= 0 ? end + 1 : -end - 1) % 2 == 1; // the run that this pixel is in
  }

  /** The place of a pixel of the picture in the order of the runs. */
  int index(int x, int y) {
    return x * size.height() + y;
  }

  /** Column after column, from top to bottom. */
  void forEachPiece(PieceVisitor visitor) {
    int height = size.height();
    for (int run = 1; run < ends.length; run += 2) {
      for (int at = start(run); at < ends[run]; ) {
        int x = at / height;
        int end = (int) Math.min(ends[run], (x + 1L) * height);
        visitor.visit(x, at - x * height, end - x * height);
        at = end;
      }
    }
  }

  /**
   * Number of pixels that both cover.
   *
   * @throws InvalidRequestException where the other is of another size
   */
  public int intersectionArea(Mask other) {
    if (!size.equals(other.size)) {
      throw new InvalidRequestException(
          "masks of " + size + " and of " + other.size + " cannot be compared",
          "give masks of the same picture");
    }
    int area = 0;
    int own = 1;
    int others = 1;
    while (own < ends.length && others < other.ends.length) {
      int end = Math.min(ends[own], other.ends[others]);
      area += Math.max(0, end - Math.max(start(own), other.start(others)));
      if (ends[own] == end) {
        own += 2;
      } else {
        others += 2;
      }
    }
    return area;
  }

  /**
   * Number of pixels that at least one of them covers.
   *
   * @throws InvalidRequestException where the other is of another size
   */
  public int unionArea(Mask other) {
    int intersection = intersectionArea(other);
    return area() - intersection + other.area();
  }

  /**
   * Intersection over union, 0..1; 0 where both are empty.
   *
   * @throws InvalidRequestException where the other is of another size
   */
  public double iou(Mask other) {
    int union = unionArea(other);
    return union > 0 ? (double) intersectionArea(other) / union : 0;
  }

  /**
   * Outlines of what is covered, and of the holes in it, along the borders of pixels, by their
   * leftmost column. What touches in corners alone has outlines of its own. A point is in the mask
   * where an odd number of rings is around it.
   */
  public List<MaskRing> polygons() {
    return new MaskTracer(this).rings();
  }

  /** A picture of the mask, white on black, of one bit a pixel. */
  public BufferedImage toBufferedImage() {
    return toBufferedImage(Color.WHITE, Color.BLACK);
  }

  /** The same in this colour on nothing, to be laid over the picture. */
  public BufferedImage toBufferedImage(Color covered) {
    return toBufferedImage(covered, new Color(0, 0, 0, 0));
  }

  private BufferedImage toBufferedImage(Color covered, Color rest) {
    int[] colors = {rest.getRGB(), covered.getRGB()};
    IndexColorModel model =
        new IndexColorModel(1, 2, colors, 0, /* hasalpha= */ true, -1, DataBuffer.TYPE_BYTE);
    BufferedImage image =
        new BufferedImage(size.width(), size.height(), BufferedImage.TYPE_BYTE_BINARY, model);
    byte[] bits = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    int stride = (size.width() + 7) / 8; // bytes of a row; its first pixel is the highest bit
    forEachPiece(
        (x, top, bottom) -> {
          for (int y = top; y < bottom; y++) {
            bits[y * stride + x / 8] |= (byte) (0x80 >> x % 8);
          }
        });
    return image;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Mask mask && size.equals(mask.size) && Arrays.equals(ends, mask.ends);
  }

  @Override
  public int hashCode() {
    return 31 * size.hashCode() + Arrays.hashCode(ends);
  }

  @Override
  public String toString() {
    return "Mask[" + size + ", " + area() + " pixels]";
  }
}
