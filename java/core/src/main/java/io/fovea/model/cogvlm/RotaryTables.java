package io.fovea.model.cogvlm;

import io.fovea.model.FloatTensors;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;

/**
 * Cosines and sines of the rotary embedding (arXiv:2104.09864). The published model builds them in
 * the dtype of its frequencies: in bf16 the position, the angle, the cosine and the sine each round
 * to 8 bits, and a faithful bf16 run must do the same (docs/NUMERICS.md).
 */
final class RotaryTables {
  private RotaryTables() {}

  /** Frequencies 1 / base^(2i/K), i in 0..K/2-1; power and quotient round to f32 as in PyTorch. */
  static float[] frequencies(int headSize, double base) {
    float[] frequencies = new float[headSize / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = 1f / (float) Math.pow(base, 2f * i / headSize);
    }
    return frequencies;
  }

  /** Tables [positions, K/2], kept on the device. */
  static RotaryTable build(Ops ops, float[] frequencies, int positions, DType dtype) {
    float[] cos = new float[Math.multiplyExact(positions, frequencies.length)];
    float[] sin = new float[cos.length];
    for (int at = 0; at < cos.length; at++) {
      float position = FloatTensors.round(at / frequencies.length, dtype);
      float frequency = FloatTensors.round(frequencies[at % frequencies.length], dtype);
      float angle = FloatTensors.round(position * frequency, dtype);
      cos[at] = FloatTensors.round((float) Math.cos(angle), dtype);
      sin[at] = FloatTensors.round((float) Math.sin(angle), dtype);
    }
    return new RotaryTable(
        FloatTensors.allocate(ops, cos, positions, frequencies.length).tensor(),
        FloatTensors.allocate(ops, sin, positions, frequencies.length).tensor());
  }
}
