package io.fovea.image.vp8;

/** Coefficients of 4 x 4 blocks from tokens (RFC 6386, 13). */
final class CoefficientReader {
  /** Kinds of block, in the order of the probabilities. */
  static final int Y_AFTER_Y2 = 0;

  static final int Y2 = 1;
  static final int CHROMA = 2;
  static final int Y_WITH_DC = 3;

  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[] BAND = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7};

  /** Probabilities of the extra bits of the large categories, 11, 19, 35 and 67 upwards. */
  private static final int[][] LARGE = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private final int[] tokens;

  /**
   * @param tokens probabilities: [block kind, band, context, token]
   */
  CoefficientReader(int[] tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads one block.
   *
   * @param context how many of the blocks above and to the left had coefficients: 0, 1, 2
   * @param first 1 where the DC coefficient comes from elsewhere, else 0
   * @param dcStep factor of the DC coefficient, {@code acStep} of the others
   * @param to where the 16 coefficients go, row by row
   * @return how many positions were coded, {@code first} included if it is 1 and any was
   */
  int read(
      BoolReader in, int kind, int context, int first, int dcStep, int acStep, short[] to, int at) {
    int p = probabilities(kind, first, context);
    for (int n = first; n < 16; n++) {
      if (in.bit(tokens[p]) == 0) {
        return n; // end of block
      }
      while (in.bit(tokens[p + 1]) == 0) { // a zero: no end of block can follow
        n++;
        if (n == 16) {
          return 16;
        }
        p = probabilities(kind, n, 0);
      }
      int value = 1;
      if (in.bit(tokens[p + 2]) == 1) {
        value = large(in, p);
      }
      p = probabilities(kind, n + 1, value == 1 ? 1 : 2);
      int step = n == 0 ? dcStep : acStep;
      to[at + ZIGZAG[n]] = (short) ((in.flag() ? -value : value) * step);
    }
    return 16;
  }

  private static int probabilities(int kind, int position, int context) {
    int row = (kind * Tables.BANDS + BAND[position]) * Tables.CONTEXTS + context;
    return row * Tables.TOKENS;
  }

  /** A value of 2 or more. */
  private int large(BoolReader in, int p) {
    if (in.bit(tokens[p + 3]) == 0) {
      if (in.bit(tokens[p + 4]) == 0) {
        return 2;
      }
      return 3 + in.bit(tokens[p + 5]);
    }
    if (in.bit(tokens[p + 6]) == 0) {
      if (in.bit(tokens[p + 7]) == 0) {
        return 5 + in.bit(159);
      }
      return 7 + 2 * in.bit(165) + in.bit(145);
    }
    int high = in.bit(tokens[p + 8]);
    int category = 2 * high + in.bit(tokens[p + 9 + high]);
    int extra = 0;
    for (int probability : LARGE[category]) {
      extra = 2 * extra + in.bit(probability);
    }
    return 3 + (8 << category) + extra;
  }
}
