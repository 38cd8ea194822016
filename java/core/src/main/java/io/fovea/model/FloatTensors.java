package io.fovea.model;

import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Values between Java arrays and tensors, for the tables that are computed while loading. */
public final class FloatTensors {
  private FloatTensors() {}

  /** All elements of a contiguous float tensor, row-major. */
  public static float[] toArray(Ops ops, Tensor tensor) {
    long n = tensor.elements();
    ByteBuffer buffer = direct(Math.toIntExact(n));
    ops.frame(
        () -> {
          Tensor single = ops.scratch(DType.F32, 1, n);
          ops.convertInto(tensor.reshape(1, n), single);
          ops.memory().download(single, buffer);
        });
    float[] values = new float[(int) n];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  /** An f32 tensor of these values, row-major; lives until the allocation is closed. */
  public static DeviceMemory.Allocation allocate(Ops ops, float[] values, long... shape) {
    ByteBuffer buffer = direct(values);
    DeviceMemory.Allocation allocation = ops.memory().allocate(DType.F32, shape);
    ops.memory().upload(buffer, allocation.tensor());
    return allocation;
  }

  /** a + b as f32, each rounded to {@code dtype} first; lives as long as the device memory. */
  public static Tensor sum(Ops ops, Tensor a, Tensor b, DType dtype) {
    float[] left = toArray(ops, a);
    float[] right = toArray(ops, b);
    for (int i = 0; i < left.length; i++) {
      left[i] = round(left[i], dtype) + round(right[i], dtype);
    }
    return allocate(ops, left, a.shape()).tensor();
  }

  /** {@code value} in {@code dtype}: bf16 rounds to nearest even. */
  public static float round(float value, DType dtype) {
    if (dtype != DType.BF16) {
      return value;
    }
    int bits = Float.floatToRawIntBits(value);
    int rounded = bits + 0x7fff + ((bits >>> 16) & 1);
    return Float.intBitsToFloat(rounded & 0xffff0000);
  }

  /** A direct buffer of these values, in the host's memory and byte order. */
  public static ByteBuffer direct(float[] values) {
    ByteBuffer buffer = direct(values.length);
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  private static ByteBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(4, floats)).order(ByteOrder.nativeOrder());
  }
}
