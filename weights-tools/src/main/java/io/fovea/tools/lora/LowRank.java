package io.fovea.tools.lora;

import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * W + scaling · L · R, in f64 (Hu et al., LoRA, arXiv:2106.09685). With a magnitude each row is
 * then brought to that length (Liu et al., DoRA, arXiv:2402.09353).
 *
 * @param left [rows, rank]; of an embedding [rank, rows]
 * @param right [rank, columns]; of an embedding [columns, rank]
 * @param embedding whether both are transposed
 * @param magnitude [rows]
 */
record LowRank(
    SourceTensor left,
    SourceTensor right,
    boolean embedding,
    int rank,
    double scaling,
    @Nullable SourceTensor magnitude)
    implements Update {

  @Override
  public void apply(long first, int rows, int columns, double[] values) throws IOException {
    float[] r = right(columns);
    float[] l = left(first, rows);
    double[] sum = new double[columns];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(sum, 0);
      for (int k = 0; k < rank; k++) {
        double factor = l[row * rank + k];
        int at = k * columns;
        for (int c = 0; c < columns; c++) {
          sum[c] += factor * r[at + c];
        }
      }
      for (int c = 0; c < columns; c++) {
        values[row * columns + c] += scaling * sum[c];
      }
    }
    if (magnitude != null) {
      lengthen(magnitude, first, rows, columns, values);
    }
  }

  private static void lengthen(
      SourceTensor magnitude, long first, int rows, int columns, double[] values)
      throws IOException {
    float[] wanted = new float[rows];
    magnitude.read(first, wanted, rows);
    for (int row = 0; row < rows; row++) {
      double squares = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        squares += values[i] * values[i];
      }
      double factor = wanted[row] / Math.sqrt(squares);
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        values[i] *= factor;
      }
    }
  }

  /** [rank, columns]. */
  private float[] right(int columns) throws IOException {
    float[] values = new float[Math.multiplyExact(rank, columns)];
    right.read(0, values, values.length);
    return embedding ? transposed(values, columns, rank) : values;
  }

  /** Rows of [rows, rank]. */
  private float[] left(long first, int rows) throws IOException {
    float[] values = new float[Math.multiplyExact(rank, rows)];
    if (!embedding) {
      left.read(first * rank, values, values.length);
      return values;
    }
    long tokens = left.elements() / rank;
    float[] part = new float[rows];
    for (int k = 0; k < rank; k++) {
      left.read(k * tokens + first, part, rows);
      System.arraycopy(part, 0, values, k * rows, rows);
    }
    return transposed(values, rank, rows);
  }

  /** [rows, columns] to [columns, rows]. */
  private static float[] transposed(float[] values, int rows, int columns) {
    float[] turned = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int c = 0; c < columns; c++) {
        turned[c * rows + row] = values[row * columns + c];
      }
    }
    return turned;
  }
}
