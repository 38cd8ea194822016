package io.fovea.tools.source;

import java.nio.ByteBuffer;

/** A plain element type, named as safetensors does, and how its values widen to f32. */
public enum ElementType {
  /** IEEE binary64, rounded to f32. */
  F64(8),
  /** IEEE binary32. */
  F32(4),
  /** IEEE binary16. */
  F16(2),
  /** The upper half of a binary32. */
  BF16(2),
  /** Two's complement, 64 bits; rounded to f32 as are the other integers. */
  I64(8),
  /** Two's complement, 32 bits. */
  I32(4),
  /** Two's complement, 16 bits. */
  I16(2),
  /** Two's complement, 8 bits. */
  I8(1),
  /** Unsigned, 8 bits. */
  U8(1),
  /** One byte, 0 or 1. */
  BOOL(1);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of an element. */
  public int bytes() {
    return bytes;
  }

  /** The element that begins at {@code position} of a little-endian buffer, as f32. */
  public float value(ByteBuffer buffer, int position) {
    return switch (this) {
      case F64 -> (float) buffer.getDouble(position);
      case F32 -> buffer.getFloat(position);
      case F16 -> half(buffer.getShort(position));
      case BF16 -> Float.intBitsToFloat(buffer.getShort(position) << 16);
      case I64 -> buffer.getLong(position);
      case I32 -> buffer.getInt(position);
      case I16 -> buffer.getShort(position);
      case I8 -> buffer.get(position);
      case U8, BOOL -> buffer.get(position) & 0xff;
    };
  }

  /** Widens {@code count} elements from the start of {@code buffer} into {@code values[at..]}. */
  public void widen(ByteBuffer buffer, float[] values, int at, int count) {
    switch (this) {
      case F32 -> buffer.asFloatBuffer().get(values, at, count);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = Float.intBitsToFloat(buffer.getShort(2 * i) << 16);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = half(buffer.getShort(2 * i));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          values[at + i] = value(buffer, bytes * i);
        }
      }
    }
  }

  /** The f32 that an IEEE binary16 stands for, exactly; NaN keeps its payload. */
  public static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0) {
      float subnormal = mantissa * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    int widened = exponent == 31 ? 0xff : exponent + (127 - 15);
    return Float.intBitsToFloat(sign | widened << 23 | mantissa << 13);
  }
}
