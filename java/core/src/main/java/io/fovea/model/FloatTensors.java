package io.fovea.model;

import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Values between Java arrays and tensors, for the tables that are computed while loading. */
public final class FloatTensors {
  /** Elements handled at a time. */
  private static final int CHUNK = 1 << 20;

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

  /**
   * y = factor x, some rows at a time; each product rounds to y's dtype.
   *
   * @param x [R, D], host or device memory
   * @param y [R, D], device memory
   */
  public static void scale(Ops ops, Tensor x, float factor, Tensor y) {
    long chunk = Math.max(1, CHUNK / x.size(1));
    for (long from = 0; from < x.size(0); from += chunk) {
      long to = Math.min(from + chunk, x.size(0));
      float[] values = toArray(ops, x.rows(from, to));
      for (int i = 0; i < values.length; i++) {
        values[i] = round(values[i], y.dtype()) * factor;
      }
      upload(ops, values, y.rows(from, to));
    }
  }

  /** Writes {@code values}, row-major, to y [R, D] in device memory, rounded to its dtype. */
  public static void upload(Ops ops, float[] values, Tensor y) {
    ops.frame(
        () -> {
          Tensor single = ops.scratch(DType.F32, y.shape());
          ops.memory().upload(direct(values), single);
          ops.convertInto(single, y);
        });
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
