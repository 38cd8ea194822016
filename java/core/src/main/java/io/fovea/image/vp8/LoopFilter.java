package io.fovea.image.vp8;

/**
 * Smooths the edges of macroblocks and, where they have coefficients or are split, of the blocks in
 * them (RFC 6386, 15).
 */
final class LoopFilter {
  private final Plane y;
  private final Plane u;
  private final Plane v;
  private final Parameters.Filter filter;

  LoopFilter(Plane y, Plane u, Plane v, Parameters.Filter filter) {
    this.y = y;
    this.u = u;
    this.v = v;
    this.filter = filter;
  }

  /** Level of a macroblock, 0..63; 0 leaves it as it is. */
  int level(int segmentLevel, boolean split) {
    int level = segmentLevel + filter.intraDelta() + (split ? filter.subblockDelta() : 0);
    return Math.max(0, Math.min(63, level));
  }

  /** Most difference of neighbours inside an edge that is filtered. */
  private int interior(int level) {
    int limit = level;
    if (filter.sharpness() > 0) {
      limit >>= filter.sharpness() > 4 ? 2 : 1;
      limit = Math.min(limit, 9 - filter.sharpness());
    }
    return Math.max(1, limit);
  }

  /**
   * Filters one macroblock; those above and to the left must be done.
   *
   * @param inner whether also between its blocks
   */
  void macroblock(int column, int row, int level, boolean inner) {
    if (level == 0) {
      return;
    }
    int interior = interior(level);
    int edge = 2 * level + interior;
    if (filter.simple()) {
      plane(y, 16, column, row, new Simple(y.samples, edge), inner);
      return;
    }
    int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
    plane(y, 16, column, row, new Normal(y.samples, edge, interior, variance), inner);
    plane(u, 8, column, row, new Normal(u.samples, edge, interior, variance), inner);
    plane(v, 8, column, row, new Normal(v.samples, edge, interior, variance), inner);
  }

  /** Left edge, inner columns, upper edge, inner rows, in this order. */
  private static void plane(Plane plane, int side, int column, int row, Edge edge, boolean inner) {
    int at = plane.index(side * column, side * row);
    int stride = plane.stride;
    if (column > 0) {
      line(edge, at, 1, stride, side, true);
    }
    for (int i = 4; inner && i < side; i += 4) {
      line(edge, at + i, 1, stride, side, false);
    }
    if (row > 0) {
      line(edge, at, stride, 1, side, true);
    }
    for (int i = 4; inner && i < side; i += 4) {
      line(edge, at + i * stride, stride, 1, side, false);
    }
  }

  /** All places along an edge: {@code across} leads over it, {@code along} to the next place. */
  private static void line(Edge edge, int at, int across, int along, int count, boolean outer) {
    for (int i = 0; i < count; i++) {
      edge.filter(at + i * along, across, outer);
    }
  }

  /** One place of an edge. */
  private abstract static class Edge {
    final byte[] samples;
    final int limit;

    Edge(byte[] samples, int limit) {
      this.samples = samples;
      this.limit = limit;
    }

    /**
     * @param at the first sample after the edge
     * @param step to the next one
     * @param outer whether it is the edge of a macroblock
     */
    abstract void filter(int at, int step, boolean outer);

    final int get(int at) {
      return samples[at] & 0xff;
    }

    final int distance(int at, int other) {
      return Math.abs(get(at) - get(other));
    }

    final void add(int at, int change) {
      samples[at] = Plane.clamp(get(at) + change);
    }

    /** Whether the step over the edge is small enough to be an artefact. */
    final boolean isFlat(int at, int step, boolean outer) {
      int most = 2 * (outer ? limit + 4 : limit) + 1;
      return 4 * distance(at - step, at) + distance(at - 2 * step, at + step) <= most;
    }

    static int signed(int value) {
      return Math.max(-128, Math.min(127, value));
    }

    /** The step over the edge in the samples beside it, and, if asked for, those beyond. */
    final int step(int at, int step, boolean outerTaps) {
      int taps = outerTaps ? signed(get(at - 2 * step) - get(at + step)) : 0;
      return taps + 3 * (get(at) - get(at - step));
    }

    /** Brings the two samples closer. Returns what the second one lost. */
    final int adjust(int at, int step, boolean outerTaps) {
      int difference = step(at, step, outerTaps);
      int lost = signed(difference + 4) >> 3;
      add(at - step, signed(difference + 3) >> 3);
      add(at, -lost);
      return lost;
    }
  }

  /** The simple filter, of luma only. */
  private static final class Simple extends Edge {
    Simple(byte[] samples, int limit) {
      super(samples, limit);
    }

    @Override
    void filter(int at, int step, boolean outer) {
      if (isFlat(at, step, outer)) {
        adjust(at, step, true);
      }
    }
  }

  /** The normal filter. */
  private static final class Normal extends Edge {
    private final int interior;
    private final int variance;

    /**
     * @param variance from which difference of neighbours on there is texture at the edge
     */
    Normal(byte[] samples, int limit, int interior, int variance) {
      super(samples, limit);
      this.interior = interior;
      this.variance = variance;
    }

    @Override
    void filter(int at, int step, boolean outer) {
      if (!isFlat(at, step, outer) || !isSmooth(at, step)) {
        return;
      }
      boolean texture =
          distance(at - 2 * step, at - step) > variance || distance(at + step, at) > variance;
      if (texture) {
        adjust(at, step, true);
      } else if (outer) {
        spread(at, step);
      } else {
        int change = (adjust(at, step, false) + 1) >> 1;
        add(at - 2 * step, change);
        add(at + step, -change);
      }
    }

    private boolean isSmooth(int at, int step) {
      return distance(at - 4 * step, at - 3 * step) <= interior
          && distance(at - 3 * step, at - 2 * step) <= interior
          && distance(at - 2 * step, at - step) <= interior
          && distance(at + 3 * step, at + 2 * step) <= interior
          && distance(at + 2 * step, at + step) <= interior
          && distance(at + step, at) <= interior;
    }

    /** Over three samples on each side: 3/7, 2/7 and 1/7 of the step. */
    private void spread(int at, int step) {
      int difference = signed(step(at, step, true));
      for (int i = 0; i < 3; i++) {
        int change = (9 * (3 - i) * difference + 63) >> 7;
        add(at - (i + 1) * step, change);
        add(at + i * step, -change);
      }
    }
  }
}
