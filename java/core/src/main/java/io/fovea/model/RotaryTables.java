package io.fovea.model;

import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import java.util.List;

/**
 * Cosines and sines of the rotary embedding (arXiv:2104.09864). The published model builds them in
 * the dtype of its frequencies: in bf16 the position, the angle, the cosine and the sine each round
 * to 8 bits, and a faithful bf16 run must do the same (docs/NUMERICS.md).
 */
public final class RotaryTables {
  private RotaryTables() {}

  /** Frequencies 1 / base^(2i/K), i in 0..K/2-1; power and quotient round to f32 as in PyTorch. */
  public static float[] frequencies(int headSize, double base) {
    float[] frequencies = new float[headSize / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = 1f / (float) Math.pow(base, 2f * i / headSize);
    }
    return frequencies;
  }

  /** Tables [positions, K/2], kept on the device. */
  public static RotaryTable build(Ops ops, float[] frequencies, int positions, DType dtype) {
    return build(ops, List.of(frequencies), positions, dtype, dtype);
  }

  /** The same where the published model computes angles in f32, and rounds only what they give. */
  public static RotaryTable ofExactAngles(
      Ops ops, float[] frequencies, int positions, DType dtype) {
    return build(ops, List.of(frequencies), positions, DType.F32, dtype);
  }

  /**
   * Tables for several sets of frequencies, one below the other: [sets positions, K/2], kept on the
   * device.
   */
  public static RotaryTable build(Ops ops, List<float[]> sets, int positions, DType dtype) {
    return build(ops, sets, positions, dtype, dtype);
  }

  private static RotaryTable build(
      Ops ops, List<float[]> sets, int positions, DType angles, DType dtype) {
    int half = sets.get(0).length;
    int rows = Math.multiplyExact(sets.size(), positions);
    float[] cos = new float[Math.multiplyExact(rows, half)];
    float[] sin = new float[cos.length];
    for (int at = 0; at < cos.length; at++) {
      int row = at / half;
      float position = FloatTensors.round(row % positions, angles);
      float frequency = FloatTensors.round(sets.get(row / positions)[at % half], angles);
      float angle = FloatTensors.round(position * frequency, angles);
      cos[at] = FloatTensors.round((float) Math.cos(angle), dtype);
      sin[at] = FloatTensors.round((float) Math.sin(angle), dtype);
    }
    return new RotaryTable(
        FloatTensors.allocate(ops, cos, rows, half).tensor(),
        FloatTensors.allocate(ops, sin, rows, half).tensor());
  }
}
