package io.fovea.model.kosmos2;

import io.fovea.model.FloatTensors;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.Arrays;

/**
 * Absolute positions as sines, then cosines, of D/2 frequencies (fairseq's form of
 * arXiv:1706.03762, section 3.5). Letters: P positions, D hidden size.
 */
final class SinusoidalPositions {
  /** Position of the first token: those of padding come before. */
  static final int FIRST = 2;

  private static final double BASE = 10_000;

  private SinusoidalPositions() {}

  /**
   * Rows [P, D], kept on the device: sin(p f), then cos(p f), with f = 10000^(-i / (D/2 - 1)); all
   * in f32 as in PyTorch, then rounded to {@code dtype}. The row of padding, 1, is 0.
   */
  static Tensor build(Ops ops, int rows, int width, DType dtype) {
    int half = width / 2;
    float step = (float) -(Math.log(BASE) / (half - 1));
    float[] values = new float[Math.multiplyExact(rows, width)];
    for (int i = 0; i < half; i++) {
      float frequency = (float) Math.exp(i * step);
      for (int p = 0; p < rows; p++) {
        float angle = p * frequency;
        values[p * width + i] = (float) Math.sin(angle);
        values[p * width + half + i] = (float) Math.cos(angle);
      }
    }
    Arrays.fill(values, width, 2 * width, 0);
    Tensor table = ops.memory().allocate(dtype, rows, width).tensor();
    FloatTensors.upload(ops, values, table);
    return table;
  }

  /** Cosines 1 and sines 0, [P, K/2]: a rotation that leaves all as it is. */
  static RotaryTable still(Ops ops, int rows, int headSize) {
    float[] ones = new float[Math.multiplyExact(rows, headSize / 2)];
    float[] zeros = new float[ones.length];
    Arrays.fill(ones, 1);
    return new RotaryTable(
        FloatTensors.allocate(ops, ones, rows, headSize / 2).tensor(),
        FloatTensors.allocate(ops, zeros, rows, headSize / 2).tensor());
  }
}
