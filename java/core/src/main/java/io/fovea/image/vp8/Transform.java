package io.fovea.image.vp8;

/** Coefficients to differences of samples (RFC 6386, 14.3 and 14.4). */
final class Transform {
  private Transform() {}

  /**
   * The inverse Walsh-Hadamard transform: the DC coefficients of 16 luma blocks.
   *
   * @param y2 their 16 coefficients
   * @param to coefficients of 16 blocks; the first of each is set
   */
  static void walshHadamard(short[] y2, short[] to) {
    int[] columns = new int[16];
    for (int i = 0; i < 4; i++) {
      int outer = y2[i] + y2[12 + i];
      int inner = y2[4 + i] + y2[8 + i];
      int innerDifference = y2[4 + i] - y2[8 + i];
      int outerDifference = y2[i] - y2[12 + i];
      columns[i] = outer + inner;
      columns[4 + i] = outerDifference + innerDifference;
      columns[8 + i] = outer - inner;
      columns[12 + i] = outerDifference - innerDifference;
    }
    for (int i = 0; i < 16; i += 4) {
      int outer = columns[i] + columns[i + 3] + 3;
      int inner = columns[i + 1] + columns[i + 2];
      int innerDifference = columns[i + 1] - columns[i + 2];
      int outerDifference = columns[i] - columns[i + 3] + 3;
      to[16 * i] = (short) ((outer + inner) >> 3);
      to[16 * (i + 1)] = (short) ((outerDifference + innerDifference) >> 3);
      to[16 * (i + 2)] = (short) ((outer - inner) >> 3);
      to[16 * (i + 3)] = (short) ((outerDifference - innerDifference) >> 3);
    }
  }

  /**
   * The inverse DCT of one block, added to what was predicted.
   *
   * @param from 16 coefficients at {@code from[at]}
   * @param x column of the block's first sample, {@code y} its row
   */
  static void addInverseDct(short[] from, int at, Plane plane, int x, int y) {
    int[] columns = new int[16]; // [column, row]
    for (int i = 0; i < 4; i++) {
      butterfly(
          from[at + i], from[at + 4 + i], from[at + 8 + i], from[at + 12 + i], columns, 4 * i);
    }
    int[] row = new int[4];
    for (int i = 0; i < 4; i++) {
      butterfly(columns[i] + 4, columns[4 + i], columns[8 + i], columns[12 + i], row, 0);
      int pixel = plane.index(x, y + i);
      for (int j = 0; j < 4; j++) {
        plane.samples[pixel + j] = Plane.clamp((plane.samples[pixel + j] & 0xff) + (row[j] >> 3));
      }
    }
  }

  private static void butterfly(int in0, int in1, int in2, int in3, int[] out, int at) {
    int sum = in0 + in2;
    int difference = in0 - in2;
    int odd = scaled(in1, 35468) - in3 - scaled(in3, 20091);
    int even = in1 + scaled(in1, 20091) + scaled(in3, 35468);
    out[at] = sum + even;
    out[at + 1] = difference + odd;
    out[at + 2] = difference - odd;
    out[at + 3] = sum - even;
  }

  /** Times sqrt(2) sin(pi/8), or sqrt(2) cos(pi/8) less 1, in 16-bit fixed point. */
  private static int scaled(int value, int factor) {
    return value * factor >> 16;
  }
}
