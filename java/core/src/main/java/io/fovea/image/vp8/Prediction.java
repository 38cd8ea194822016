package io.fovea.image.vp8;

import java.util.Arrays;

/** What blocks are predicted to be from the samples above and to the left (RFC 6386, 12). */
final class Prediction {
  /** Modes of whole macroblocks. */
  static final int DC = 0;

  static final int VERTICAL = 1;
  static final int HORIZONTAL = 2;
  static final int TRUE_MOTION = 3;

  /** Modes of 4 x 4 blocks, in the order of the RFC's probabilities. */
  static final int B_DC = 0;

  static final int B_TRUE_MOTION = 1;
  static final int B_VERTICAL = 2;
  static final int B_HORIZONTAL = 3;

  /**
   * Names of the samples around a 4 x 4 block: I to L the left ones from the top, X the corner, A
   * to H the upper ones, four of them beyond the block. L and H count on at the ends.
   */
  private static final String EDGE = "lLKJIXABCDEFGHh";

  /** By mode from 2 on, row by row: each sample is the rounded mean of the edge samples named. */
  private static final int[][][] MEANS = {
    means("XAB ABC BCD CDE XAB ABC BCD CDE XAB ABC BCD CDE XAB ABC BCD CDE"), // vertical
    means("JIX JIX JIX JIX KJI KJI KJI KJI LKJ LKJ LKJ LKJ lLK lLK lLK lLK"), // horizontal
    means("ABC BCD CDE DEF BCD CDE DEF EFG CDE DEF EFG FGH DEF EFG FGH GHh"), // left-down
    means("IXA XAB ABC BCD JIX IXA XAB ABC KJI JIX IXA XAB LKJ KJI JIX IXA"), // right-down
    means("XA AB BC CD IXA XAB ABC BCD JIX XA AB BC KJI IXA XAB ABC"), // vertical-right
    means("AB BC CD DE ABC BCD CDE DEF BC CD DE EFG BCD CDE DEF FGH"), // vertical-left
    means("IX IXA XAB ABC JI JIX IX IXA KJ KJI JI JIX LK LKJ KJ KJI"), // horizontal-down
    means("JI KJI KJ LKJ KJ LKJ LK lLK LK lLK lL lL lL lL lL lL"), // horizontal-up
  };

  private Prediction() {}

  /** [16, 2]: the first sample of each mean, and how many. */
  private static int[][] means(String names) {
    return Arrays.stream(names.split(" "))
        .map(taps -> new int[] {EDGE.indexOf(taps), taps.length()})
        .toArray(int[][]::new);
  }

  /**
   * Predicts a square.
   *
   * @param side 16 for luma, 8 for chroma
   */
  static void square(Plane plane, int x, int y, int side, int mode) {
    switch (mode) {
      case DC -> fill(plane, x, y, side, mean(plane, x, y, side));
      case VERTICAL -> {
        for (int row = 0; row < side; row++) {
          System.arraycopy(
              plane.samples, plane.index(x, y - 1), plane.samples, plane.index(x, y + row), side);
        }
      }
      case HORIZONTAL -> {
        for (int row = 0; row < side; row++) {
          int from = plane.index(x, y + row);
          Arrays.fill(plane.samples, from, from + side, plane.samples[from - 1]);
        }
      }
      default -> trueMotion(plane, x, y, side);
    }
  }

  /** Of the sides that lie in the picture; 128 where none does. */
  private static int mean(Plane plane, int x, int y, int side) {
    int sum = 0;
    int count = 0;
    for (int i = 0; i < side && y > 0; i++, count++) {
      sum += plane.get(x + i, y - 1);
    }
    for (int i = 0; i < side && x > 0; i++, count++) {
      sum += plane.get(x - 1, y + i);
    }
    return count == 0 ? 128 : (sum + count / 2) / count;
  }

  private static void fill(Plane plane, int x, int y, int side, int value) {
    for (int row = 0; row < side; row++) {
      int from = plane.index(x, y + row);
      Arrays.fill(plane.samples, from, from + side, (byte) value);
    }
  }

  /** Left plus above less corner. */
  private static void trueMotion(Plane plane, int x, int y, int side) {
    int corner = plane.get(x - 1, y - 1);
    for (int row = 0; row < side; row++) {
      int rise = plane.get(x - 1, y + row) - corner;
      int from = plane.index(x, y + row);
      for (int column = 0; column < side; column++) {
        plane.samples[from + column] = Plane.clamp(plane.get(x + column, y - 1) + rise);
      }
    }
  }

  /**
   * Predicts a 4 x 4 block of luma.
   *
   * @param aboveRight the four samples above and to the right of it
   */
  static void block(Plane plane, int x, int y, int mode, int[] aboveRight) {
    if (mode == B_TRUE_MOTION) {
      trueMotion(plane, x, y, 4);
      return;
    }
    int[] edge = edge(plane, x, y, aboveRight);
    if (mode == B_DC) {
      int sum = Arrays.stream(edge, 1, 5).sum() + Arrays.stream(edge, 6, 10).sum();
      fill(plane, x, y, 4, (sum + 4) >> 3);
      return;
    }
    int[][] means = MEANS[mode - B_VERTICAL];
    for (int i = 0; i < 16; i++) {
      int first = means[i][0];
      int mean =
          means[i][1] == 2
              ? (edge[first] + edge[first + 1] + 1) >> 1
              : (edge[first] + 2 * edge[first + 1] + edge[first + 2] + 2) >> 2;
      plane.samples[plane.index(x + i % 4, y + i / 4)] = (byte) mean;
    }
  }

  private static int[] edge(Plane plane, int x, int y, int[] aboveRight) {
    int[] edge = new int[EDGE.length()];
    for (int i = 0; i < 4; i++) {
      edge[1 + i] = plane.get(x - 1, y + 3 - i);
      edge[6 + i] = plane.get(x + i, y - 1);
      edge[10 + i] = aboveRight[i];
    }
    edge[0] = edge[1];
    edge[5] = plane.get(x - 1, y - 1);
    edge[14] = edge[13];
    return edge;
  }
}
