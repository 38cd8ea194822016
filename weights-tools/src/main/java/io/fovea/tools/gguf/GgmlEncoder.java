package io.fovea.tools.gguf;

import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.numbers.Float16;
import java.nio.ByteBuffer;

/**
 * Writes values in ggml's types, rounding as ggml's reference quantisers do (ggml-quants.c), so
 * that files are the same as llama.cpp's to the byte.
 */
final class GgmlEncoder {
  private GgmlEncoder() {}

  /** A value that a type cannot hold. */
  static final class RangeException extends Exception {
    private static final long serialVersionUID = 1;

    private final float largest;

    /**
     * @param largest the value that the type cannot hold, or that is behind a scale
     */
    RangeException(String message, float largest) {
      super(message);
      this.largest = largest;
    }

    /** The types that would hold it. */
    String remedy() {
      boolean half = Float.isFinite(BFloat16.round(largest));
      return "write the file as " + (half ? "bf16 or f32" : "f32");
    }
  }

  /** Whether {@link #encode} writes this type. */
  static boolean writes(GgmlType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0, Q4_0 -> true;
      default -> false;
    };
  }

  /**
   * Appends {@code count} values, whole blocks, to {@code out}.
   *
   * @param out little-endian
   * @throws RangeException where a value becomes infinite, or is not finite in a quantised type
   */
  static void encode(GgmlType type, float[] values, int count, ByteBuffer out)
      throws RangeException {
    switch (type) {
      case F32 -> {
        out.asFloatBuffer().put(values, 0, count);
        out.position(out.position() + 4 * count);
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          out.putShort(bfloat(values[i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          out.putShort(half(values[i], values[i]));
        }
      }
      case Q8_0, Q4_0 -> {
        for (int i = 0; i < count; i += type.blockElements()) {
          block(type, values, i, out);
        }
      }
      default -> throw new IllegalArgumentException(type + " is not written");
    }
  }

  /** Infinities and NaN stay what they are; a finite value must stay finite. */
  private static short half(float value, float largest) throws RangeException {
    short bits = Float16.fromFloat(value);
    if ((bits & 0x7fff) == 0x7c00 && !Float.isInfinite(value)) {
      throw new RangeException(value + " is beyond the range of F16", largest);
    }
    return bits;
  }

  private static short bfloat(float value) throws RangeException {
    short bits = BFloat16.fromFloat(value);
    if ((bits & 0x7fff) == 0x7f80 && !Float.isInfinite(value)) {
      throw new RangeException(value + " is beyond the range of BF16", value);
    }
    return bits;
  }

  private static void block(GgmlType type, float[] values, int from, ByteBuffer out)
      throws RangeException {
    float extreme = 0;
    for (int i = 0; i < type.blockElements(); i++) {
      float value = values[from + i];
      if (!Float.isFinite(value)) {
        throw new RangeException(value + " has no place in " + type, 0);
      }
      if (Math.abs(value) > Math.abs(extreme)) {
        extreme = value;
      }
    }
    if (type == GgmlType.Q8_0) {
      q80(values, from, Math.abs(extreme), out);
    } else {
      q40(values, from, extreme, out);
    }
  }

  /** d = largest magnitude / 127; q = x / d, halves away from zero. */
  private static void q80(float[] values, int from, float largest, ByteBuffer out)
      throws RangeException {
    float d = largest / 127;
    float inverse = d == 0 ? 0 : 1 / d;
    out.putShort(half(d, largest));
    for (int i = 0; i < 32; i++) {
      float q = values[from + i] * inverse;
      out.put((byte) Math.copySign(Math.floor(Math.abs(q) + 0.5), q));
    }
  }

  /** d = value of largest magnitude / -8; q = x / d + 8, halves up, at most 15. */
  private static void q40(float[] values, int from, float extreme, ByteBuffer out)
      throws RangeException {
    float d = extreme / -8;
    float inverse = d == 0 ? 0 : 1 / d;
    out.putShort(half(d, extreme));
    for (int i = 0; i < 16; i++) {
      int low = Math.min(15, (int) (values[from + i] * inverse + 8.5f));
      int high = Math.min(15, (int) (values[from + i + 16] * inverse + 8.5f));
      out.put((byte) (low | high << 4));
    }
  }
}
