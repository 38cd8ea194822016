package io.fovea.model.cogvlm;

import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Cosines and sines of the rotary embedding (arXiv:2104.09864). The published model builds them in
 * the dtype of its frequencies: in bf16 the position, the angle, the cosine and the sine each round
 * to 8 bits, and a faithful bf16 run must do the same (docs/NUMERICS.md).
 */
final class RotaryTables {
  private static final double BASE = 10000;

  private RotaryTables() {}

  /** Frequencies 1 / base^(2i/K), i in 0..K/2-1; power and quotient round to f32 as in PyTorch. */
  static float[] frequencies(int headSize) {
    float[] frequencies = new float[headSize / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = 1f / (float) Math.pow(BASE, 2f * i / headSize);
    }
    return frequencies;
  }

  /** Tables [positions, K/2], kept on the device. */
  static RotaryTable build(Ops ops, float[] frequencies, int positions, DType dtype) {
    ByteBuffer cos = direct(positions * frequencies.length);
    ByteBuffer sin = direct(positions * frequencies.length);
    for (int position = 0; position < positions; position++) {
      for (float frequency : frequencies) {
        float angle = round(round(position, dtype) * round(frequency, dtype), dtype);
        cos.putFloat(round((float) Math.cos(angle), dtype));
        sin.putFloat(round((float) Math.sin(angle), dtype));
      }
    }
    return new RotaryTable(
        upload(ops, cos.flip(), positions, frequencies.length),
        upload(ops, sin.flip(), positions, frequencies.length));
  }

  /** {@code value} in {@code dtype}: bf16 rounds to nearest even. */
  private static float round(float value, DType dtype) {
    if (dtype != DType.BF16) {
      return value;
    }
    int bits = Float.floatToRawIntBits(value);
    int rounded = bits + 0x7fff + ((bits >>> 16) & 1);
    return Float.intBitsToFloat(rounded & 0xffff0000);
  }

  private static ByteBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(4, floats)).order(ByteOrder.nativeOrder());
  }

  private static Tensor upload(Ops ops, ByteBuffer values, long... shape) {
    Tensor tensor = ops.memory().allocate(DType.F32, shape).tensor();
    ops.memory().upload(values, tensor);
    return tensor;
  }
}
