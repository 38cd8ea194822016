package io.fovea.model.qwenvl;

import io.fovea.model.FloatTensors;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;

/**
 * Tables of positions on a square grid, stretched to another one as PyTorch's bicubic interpolation
 * does it: cell centres on cell centres, a = -0.75, cells beyond the edge like those at it.
 */
final class PositionTables {
  private static final float A = -0.75f;
  private static final int TAPS = 4;

  private PositionTables() {}

  /**
   * The table for {@code grid} × {@code grid} cells, row by row, kept on the device.
   *
   * @param stored [side², C], host memory
   * @return [grid², C]
   */
  static Tensor resized(Ops ops, Tensor stored, int grid, DType dtype) {
    int side = (int) Math.sqrt(stored.size(0));
    if (side == grid) {
      return ops.matrix(stored, dtype);
    }
    int width = Math.toIntExact(stored.size(1));
    float[] values = FloatTensors.toArray(ops, stored);
    for (int i = 0; i < values.length; i++) {
      values[i] = FloatTensors.round(values[i], dtype);
    }
    Tensor table = ops.memory().allocate(dtype, (long) grid * grid, width).tensor();
    FloatTensors.upload(ops, resized(values, side, grid, width), table);
    return table;
  }

  /** [side, side, width] → [grid, grid, width]: along rows, then along columns. */
  static float[] resized(float[] values, int side, int grid, int width) {
    float[] wide = new float[side * grid * width]; // [side, grid, width]
    float[] result = new float[grid * grid * width];
    for (int to = 0; to < grid; to++) {
      Taps taps = Taps.of(to, side, grid);
      for (int row = 0; row < side; row++) {
        for (int c = 0; c < width; c++) {
          int at = row * side * width + c;
          wide[(row * grid + to) * width + c] = taps.sum(values, at, width);
        }
      }
    }
    for (int to = 0; to < grid; to++) {
      Taps taps = Taps.of(to, side, grid);
      for (int at = 0; at < grid * width; at++) {
        result[to * grid * width + at] = taps.sum(wide, at, grid * width);
      }
    }
    return result;
  }

  /** The four cells that a cell of the new grid is made of, along one axis. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Taps(int[] cells, float[] shares) {
    static Taps of(int to, int side, int grid) {
      float place = (to + 0.5f) * ((float) side / grid) - 0.5f;
      int first = (int) Math.floor(place);
      float beyond = place - first;
      int[] cells = new int[TAPS];
      for (int i = 0; i < TAPS; i++) {
        cells[i] = Math.max(0, Math.min(side - 1, first - 1 + i));
      }
      float[] shares = {far(1 + beyond), near(beyond), near(1 - beyond), far(2 - beyond)};
      return new Taps(cells, shares);
    }

    /** At most 1 from the cell (Keys, 1981, eq. 15 with another a). */
    private static float near(float x) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }

    /** 1 to 2 from it. */
    private static float far(float x) {
      return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
    }

    /** From {@code at}, cells {@code stride} apart. */
    float sum(float[] values, int at, int stride) {
      float sum = 0;
      for (int i = 0; i < TAPS; i++) {
        sum += shares[i] * values[at + cells[i] * stride];
      }
      return sum;
    }
  }
}
