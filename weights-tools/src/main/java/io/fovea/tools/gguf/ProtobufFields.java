package io.fovea.tools.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The fields of a protocol-buffers message (wire format: protobuf.dev/programming-guides/encoding),
 * for messages that were checked before.
 */
record ProtobufFields(List<Field> fields) {
  /**
   * One field: an integer (a float's bits for a float), or bytes.
   *
   * @param bytes empty for an integer
   */
  record Field(int number, long integer, ByteBuffer bytes) {}

  static ProtobufFields of(ByteBuffer content) {
    ByteBuffer message = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer nothing = ByteBuffer.allocate(0);
    List<Field> fields = new ArrayList<>();
    while (message.hasRemaining()) {
      long tag = varint(message);
      int number = (int) (tag >>> 3);
      switch ((int) tag & 7) {
        case 0 -> fields.add(new Field(number, varint(message), nothing));
        case 1 -> fields.add(new Field(number, message.getLong(), nothing));
        case 2 -> {
          int length = (int) varint(message);
          fields.add(new Field(number, 0, message.slice(message.position(), length)));
          message.position(message.position() + length);
        }
        case 5 -> fields.add(new Field(number, message.getInt(), nothing));
        default -> throw new IllegalArgumentException("wire type " + (tag & 7));
      }
    }
    return new ProtobufFields(fields);
  }

  private static long varint(ByteBuffer message) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = message.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 10 bytes");
  }

  /** The last value of an integer field: that one counts. */
  long integer(int number, long otherwise) {
    return last(number).map(Field::integer).orElse(otherwise);
  }

  /** The last value of a string or bytes field; empty where there is none. */
  ByteBuffer bytes(int number) {
    return last(number).map(Field::bytes).orElseGet(() -> ByteBuffer.allocate(0)).duplicate();
  }

  private Optional<Field> last(int number) {
    return fields.stream().filter(field -> field.number() == number).reduce((a, b) -> b);
  }
}
