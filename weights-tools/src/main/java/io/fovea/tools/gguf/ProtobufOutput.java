package io.fovea.tools.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes a protocol-buffers message field by field. */
final class ProtobufOutput {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A varint field; a negative value takes ten bytes, as int32 fields do. */
  ProtobufOutput integer(int number, long value) {
    varint((long) number << 3);
    varint(value);
    return this;
  }

  ProtobufOutput float32(int number, float value) {
    varint((long) number << 3 | 5);
    int bits = Float.floatToRawIntBits(value);
    for (int shift = 0; shift < Integer.SIZE; shift += 8) {
      out.write(bits >> shift);
    }
    return this;
  }

  ProtobufOutput bytes(int number, ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.duplicate().get(bytes);
    varint((long) number << 3 | 2);
    varint(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  ProtobufOutput text(int number, String value) {
    return bytes(number, StandardCharsets.UTF_8.encode(value));
  }

  ProtobufOutput message(int number, ProtobufOutput value) {
    return bytes(number, ByteBuffer.wrap(value.toBytes()));
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
