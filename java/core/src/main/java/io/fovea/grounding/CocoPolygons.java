package io.fovea.grounding;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.Arrays;

/**
 * Fills polygons as COCO's tools do, pixel for pixel. Their lines are walked on a grid five times
 * as fine as the pixels. Where a line crosses the middle of a column of pixels, the pixels from
 * there down change between outside and inside; polygons that overlap are united.
 */
final class CocoPolygons {
  private static final int SCALE = 5; // cells of the grid to a pixel
  private static final int MIDDLE = SCALE / 2; // the last cell left of a column's middle

  private static final double FARTHEST = 1e8; // pixels; the cells between two fit an int

  private final ImageSize size;
  private long[] changes = new long[64]; // twice the index of a pixel, 1 more where inside ends
  private int count;

  CocoPolygons(ImageSize size) {
    this.size = size;
  }

  /**
   * Adds a polygon.
   *
   * @param index for messages
   * @param numbers x and y of its corners in turn, in pixels
   */
  void add(int index, double[] numbers) {
    if (numbers.length < 6 || numbers.length % 2 != 0) {
      throw new InvalidRequestException(
          "polygon " + index + " has " + numbers.length + " numbers",
          "give x and y of three corners or more");
    }
    double farthest = Math.min(FARTHEST, 2.0 * Math.max(size.width(), size.height()));
    for (double number : numbers) {
      if (!(Math.abs(number) <= farthest)) {
        throw new InvalidRequestException(
            "polygon " + index + " of a mask of " + size + " has a corner at " + number,
            "give corners in pixels of the picture");
      }
    }
    int first = count;
    int lastX = cell(numbers[numbers.length - 2]);
    int lastY = cell(numbers[numbers.length - 1]);
    for (int i = 0; i < numbers.length; i += 2) {
      int x = cell(numbers[i]);
      int y = cell(numbers[i + 1]);
      walk(lastX, lastY, x, y);
      lastX = x;
      lastY = y;
    }
    Arrays.sort(changes, first, count);
    for (int i = first + 1; i < count; i += 2) {
      changes[i]++;
    }
  }

  private static int cell(double pixels) {
    return (int) (SCALE * pixels + 0.5); // towards 0, as below: the reference casts
  }

  /** A line, cell by cell along its longer side, the same cells in both directions. */
  private void walk(int x0, int y0, int x1, int y1) {
    int across = Math.abs(x1 - x0);
    int down = Math.abs(y1 - y0);
    boolean level = across >= down;
    if (level ? x0 > x1 : y0 > y1) {
      walk(x1, y1, x0, y0);
      return;
    }
    double slope = level ? (double) (y1 - y0) / across : (double) (x1 - x0) / down;
    int lastX = x0;
    int lastY = y0;
    for (int step = 1; step <= Math.max(across, down); step++) {
      int x = level ? x0 + step : (int) (x0 + slope * step + 0.5);
      int y = level ? (int) (y0 + slope * step + 0.5) : y0 + step;
      if (x != lastX) {
        cross(Math.min(x, lastX), Math.min(y, lastY));
      }
      lastX = x;
      lastY = y;
    }
  }

  /** The line goes from cells of column {@code x} to the next, or back. */
  private void cross(int x, int y) {
    int column = Math.floorDiv(x, SCALE);
    if (x - column * SCALE != MIDDLE || column < 0 || column >= size.width()) {
      return;
    }
    double row = Math.ceil((y + 0.5) / SCALE - 0.5);
    if (count == changes.length) {
      changes = Arrays.copyOf(changes, 2 * count);
    }
    int pixel = (int) Math.max(0, Math.min(row, size.height()));
    changes[count++] = 2 * ((long) column * size.height() + pixel);
  }

  /** As {@link RunCollector#ends}. */
  int[] ends() {
    Arrays.sort(changes, 0, count);
    RunCollector runs = new RunCollector();
    int depth = 0; // polygons that the pixels from here on are inside of
    long at = 0;
    for (int i = 0; i < count; i++) {
      long pixel = changes[i] / 2;
      runs.add(depth > 0, (int) (pixel - at));
      depth += changes[i] % 2 == 0 ? 1 : -1;
      at = pixel;
    }
    runs.add(depth > 0, (int) (size.pixels() - at));
    return runs.ends();
  }
}
