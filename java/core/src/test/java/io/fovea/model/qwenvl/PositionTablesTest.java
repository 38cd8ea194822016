package io.fovea.model.qwenvl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PositionTablesTest {
  /** What PyTorch's interpolation to twice the size takes of two cells on either side. */
  private static final float[] TAPS = {-0.03515625f, 0.26171875f, 0.87890625f, -0.10546875f};

  @Test
  void twiceTheSizeTakesFourCellsEachWay() {
    int side = 16;
    int cell = 7;
    float[] values = new float[side * side];
    values[cell * side + cell] = 1;
    float[] resized = PositionTables.resized(values, side, 2 * side, 1);
    for (int row = 0; row < 2 * side; row++) {
      for (int column = 0; column < 2 * side; column++) {
        assertThat(resized[row * 2 * side + column])
            .as(row + ", " + column)
            .isCloseTo(share(row, cell) * share(column, cell), within(1e-7f));
      }
    }
  }

  /** Of a cell in one twice as fine: 2k takes k-2..k+1, 2k+1 takes k-1..k+2 the other way round. */
  private static float share(int to, int cell) {
    int tap = to % 2 == 0 ? cell - (to / 2 - 2) : 3 - (cell - (to / 2 - 1));
    return tap >= 0 && tap < TAPS.length ? TAPS[tap] : 0;
  }

  /** Cells beyond the edge are like those at it, so what is the same everywhere stays so. */
  @Test
  void aConstantStaysOne() {
    float[] values = new float[3 * 3 * 2];
    Arrays.fill(values, 0.75f);
    for (float value : PositionTables.resized(values, 3, 5, 2)) {
      assertThat(value).isCloseTo(0.75f, within(1e-6f));
    }
  }
}
