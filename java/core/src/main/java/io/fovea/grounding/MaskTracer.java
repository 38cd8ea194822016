package io.fovea.grounding;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Walks along the borders of a mask's pixels with covered ones on the right hand. Each ring passes
 * above some covered pixel, going right, so it is found from the uppermost pixels of the covered
 * pieces of columns; which of these have been passed is remembered.
 */
final class MaskTracer {
  private static final int RIGHT = 0; // then down, left, up: each a turn to the right
  private static final int[] STEP_X = {1, 0, -1, 0};
  private static final int[] STEP_Y = {0, 1, 0, -1};

  private final Mask mask;
  private final int[] tops; // index of a pixel, ascending, for each covered piece of a column
  private final BitSet passed = new BitSet(); // for each of them

  MaskTracer(Mask mask) {
    this.mask = mask;
    this.tops = tops(mask);
  }

  private static int[] tops(Mask mask) {
    int[] pieces = {0};
    mask.forEachPiece((x, top, bottom) -> pieces[0]++);
    int[] tops = new int[pieces[0]];
    pieces[0] = 0;
    mask.forEachPiece((x, top, bottom) -> tops[pieces[0]++] = mask.index(x, top));
    return tops;
  }

  /** All rings, by their leftmost column. */
  List<MaskRing> rings() {
    List<MaskRing> rings = new ArrayList<>();
    int height = mask.size().height();
    for (int at = passed.nextClearBit(0); at < tops.length; at = passed.nextClearBit(at)) {
      rings.add(ring(tops[at] / height, tops[at] % height));
    }
    return rings;
  }

  /**
   * The ring that goes right above this pixel, which is the leftmost one that it goes right above:
   * so there is a corner before it.
   */
  private MaskRing ring(int startX, int startY) {
    List<MaskRing.Corner> corners = new ArrayList<>();
    int x = startX;
    int y = startY;
    int way = RIGHT;
    do {
      int before = way;
      if (way == RIGHT) {
        passed.set(Arrays.binarySearch(tops, mask.index(x, y)));
      }
      x += STEP_X[way];
      y += STEP_Y[way];
      if (!covered(x, y, way)) {
        way = (way + 1) % 4; // also where pixels touch in a corner alone: round the same one
      } else if (covered(x, y, (way + 3) % 4)) {
        way = (way + 3) % 4;
      }
      if (way != before) {
        corners.add(new MaskRing.Corner(x, y));
      }
    } while (x != startX || y != startY || way != RIGHT);
    return MaskRing.of(corners);
  }

  /** Whether the pixel is covered that is to the right when going this way from this corner. */
  private boolean covered(int x, int y, int way) {
    int right = (way + 1) % 4;
    int across = STEP_X[way] + STEP_X[right]; // the pixel lies ahead and to the right
    int down = STEP_Y[way] + STEP_Y[right];
    return mask.contains(x + Math.min(across, 0), y + Math.min(down, 0));
  }
}
