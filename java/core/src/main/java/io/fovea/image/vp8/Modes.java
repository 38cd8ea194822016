package io.fovea.image.vp8;

import java.util.Arrays;

/** Reads how each macroblock is predicted (RFC 6386, 11), row by row from the left. */
final class Modes {
  private static final int[] SUBBLOCK_TREE = {
    -Prediction.B_DC,
    2,
    -Prediction.B_TRUE_MOTION,
    4,
    -Prediction.B_VERTICAL,
    6, //
    8,
    12,
    -Prediction.B_HORIZONTAL,
    10,
    -5,
    -6,
    -4,
    14,
    -7,
    16,
    -8,
    -9
  };

  /** What a whole macroblock's mode counts as for the 4 x 4 blocks beside it. */
  private static final int[] AS_SUBBLOCK = {
    Prediction.B_DC, Prediction.B_VERTICAL, Prediction.B_HORIZONTAL, Prediction.B_TRUE_MOTION
  };

  private final BoolReader in;
  private final Parameters parameters;
  private final int[] above; // of each column of blocks, the mode above
  private final int[] left = new int[4];

  /** Of the macroblock read last. */
  int segment;

  /** Whether it has no coefficients. */
  boolean skips;

  /** Whether its luma is predicted block by block. */
  boolean split;

  /** Mode of all its luma, where it is not split. */
  int luma;

  /** Modes of its 16 blocks, where it is. */
  final int[] blocks = new int[16];

  int chroma;

  Modes(BoolReader in, Parameters parameters, int columns) {
    this.in = in;
    this.parameters = parameters;
    above = new int[4 * columns];
  }

  void beginRow() {
    Arrays.fill(left, Prediction.B_DC);
  }

  void read(int column) {
    segment = parameters.mapsSegments ? readSegment() : 0;
    int skip = parameters.skipProbability;
    skips = skip != Parameters.NEVER_SKIPS && in.bit(skip) == 1;
    split = in.bit(145) == 0;
    if (split) {
      readBlocks(4 * column);
    } else {
      luma = readLuma();
      Arrays.fill(above, 4 * column, 4 * column + 4, AS_SUBBLOCK[luma]);
      Arrays.fill(left, AS_SUBBLOCK[luma]);
    }
    chroma = readChroma();
  }

  private int readSegment() {
    int[] p = parameters.segmentProbabilities;
    return in.bit(p[0]) == 0 ? in.bit(p[1]) : 2 + in.bit(p[2]);
  }

  private int readLuma() {
    if (in.bit(156) == 0) {
      return in.bit(163) == 0 ? Prediction.DC : Prediction.VERTICAL;
    }
    return in.bit(128) == 0 ? Prediction.HORIZONTAL : Prediction.TRUE_MOTION;
  }

  private int readChroma() {
    if (in.bit(142) == 0) {
      return Prediction.DC;
    }
    if (in.bit(114) == 0) {
      return Prediction.VERTICAL;
    }
    return in.bit(183) == 0 ? Prediction.HORIZONTAL : Prediction.TRUE_MOTION;
  }

  private void readBlocks(int columnAbove) {
    for (int i = 0; i < blocks.length; i++) {
      int x = columnAbove + i % 4;
      int y = i / 4;
      int p = 9 * (10 * above[x] + left[y]);
      int node = 0;
      do {
        node = SUBBLOCK_TREE[node + in.bit(Tables.SUBBLOCK_MODES[p + node / 2])];
      } while (node > 0);
      blocks[i] = -node;
      above[x] = -node;
      left[y] = -node;
    }
  }
}
