package io.fovea.grounding;

/**
 * Whole numbers in place of fractions.
 *
 * @param divisor n stands for n / divisor
 * @param max the largest number that is written; larger ones are read and clamped to the picture
 * @param nearest whether fractions are rounded to the nearest number rather than down
 */
record Scale(int divisor, int max, boolean nearest) {
  /** 0..999, rounded down. */
  static final Scale BELOW_1000 = new Scale(1000, 999, false);

  /** 0..1000, rounded down. */
  static final Scale TO_1000 = new Scale(1000, 1000, false);

  /** 0..999 where 999 is the far edge. */
  static final Scale TO_999 = new Scale(999, 999, true);

  /** 0..100, rounded down. */
  static final Scale TO_100 = new Scale(100, 100, false);

  /** The number for a fraction; the 1e-9 absorbs the rounding of double arithmetic. */
  int number(double fraction) {
    double scaled = fraction * divisor;
    return (int) Math.min(max, nearest ? Math.rint(scaled) : Math.floor(scaled + 1e-9));
  }

  /** The box with these corners x0, y0, x1, y1 of {@code n}, from index {@code at}. */
  Geometry.Rectangle box(double[] n, int at) {
    double d = divisor;
    return Geometry.Rectangle.ofCorners(n[at] / d, n[at + 1] / d, n[at + 2] / d, n[at + 3] / d);
  }

  /** The position x, y. */
  Geometry.Position position(double x, double y) {
    return Geometry.Position.clampedTo(x / divisor, y / divisor);
  }

  /** x0, y0, x1, y1 with this between them. */
  String corners(Geometry.Rectangle box, String separator) {
    return number(box.x0())
        + separator
        + number(box.y0())
        + separator
        + number(box.x1())
        + separator
        + number(box.y1());
  }
}
