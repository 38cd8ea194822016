package io.fovea.tools.zoo;

import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.numbers.Float16;
import java.nio.ByteBuffer;

/** Values as the bytes of tensors. */
final class Codes {
  private Codes() {}

  static byte[] f32(float... values) {
    ByteBuffer bytes = Draft.buffer(4 * values.length);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  /** Rounds to f16. */
  static byte[] f16(float... values) {
    ByteBuffer bytes = Draft.buffer(2 * values.length);
    for (float value : values) {
      bytes.putShort(Float16.fromFloat(value));
    }
    return bytes.array();
  }

  /** Rounds to bf16. */
  static byte[] bf16(float... values) {
    ByteBuffer bytes = Draft.buffer(2 * values.length);
    for (float value : values) {
      bytes.putShort(BFloat16.fromFloat(value));
    }
    return bytes.array();
  }

  static byte[] i32(int... values) {
    ByteBuffer bytes = Draft.buffer(4 * values.length);
    bytes.asIntBuffer().put(values);
    return bytes.array();
  }

  static byte[] i64(long... values) {
    ByteBuffer bytes = Draft.buffer(8 * values.length);
    bytes.asLongBuffer().put(values);
    return bytes.array();
  }
}
