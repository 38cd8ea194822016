package io.fovea.text;

import io.fovea.ModelLoadException;
import java.nio.file.Path;

/**
 * Walks the fields of one protocol-buffers message in place (wire format:
 * protobuf.dev/programming-guides/encoding). Nothing is copied or allocated by a length that the
 * file claims; every length is checked against the enclosing message first.
 */
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;
  private static final int MAX_VARINT_BYTES = 10;

  private final Path file;
  private final String name;
  private final byte[] bytes;
  private final int end;
  private int at;
  private int field;
  private int wireType;

  /**
   * @param name what messages call this part of the file
   */
  ProtobufReader(Path file, String name, byte[] bytes, int start, int end) {
    this.file = file;
    this.name = name;
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  boolean next() {
    if (at == end) {
      return false;
    }
    long tag = readVarint();
    if (tag >>> 3 == 0 || tag >>> 32 != 0) {
      throw fail("byte " + at + " begins no field");
    }
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    return true;
  }

  /** Number of the current field. */
  int field() {
    return field;
  }

  /** The current field as an integer. */
  long varint() {
    expect(VARINT);
    return readVarint();
  }

  /** The current field as a truth value. */
  boolean bool() {
    return varint() != 0;
  }

  /** The current field as a 32-bit float. */
  float float32() {
    expect(FIXED32);
    int start = advance(4);
    return Float.intBitsToFloat(
        (bytes[start] & 0xFF)
            | ((bytes[start + 1] & 0xFF) << 8)
            | ((bytes[start + 2] & 0xFF) << 16)
            | (bytes[start + 3] << 24));
  }

  /** The current field as a nested message, string or byte sequence, to be read in place. */
  ProtobufReader nested(String nestedName) {
    expect(LENGTH_DELIMITED);
    long length = readVarint();
    if (length < 0 || length > end - at) {
      throw fail(
          "field "
              + field
              + " claims "
              + Long.toUnsignedString(length)
              + " bytes of "
              + (end - at)
              + " left");
    }
    int start = advance((int) length);
    return new ProtobufReader(file, nestedName, bytes, start, at);
  }

  /** Passes over the current field, whatever it is. */
  void skip() {
    switch (wireType) {
      case VARINT -> readVarint();
      case FIXED64 -> advance(8);
      case LENGTH_DELIMITED -> nested(name);
      case FIXED32 -> advance(4);
      default -> throw fail("field " + field + " has wire type " + wireType);
    }
  }

  /** Index of this message's first unread byte in the file. */
  int start() {
    return at;
  }

  /** Bytes of this message that are still unread. */
  int length() {
    return end - at;
  }

  /** The error for something wrong in this message. */
  ModelLoadException fail(String problem) {
    return new ModelLoadException(file, name, problem, SentencePieceModel.REMEDY);
  }

  private void expect(int wanted) {
    if (wireType != wanted) {
      throw fail("field " + field + " has wire type " + wireType + ", wanted " + wanted);
    }
  }

  private int advance(int count) {
    if (count > end - at) {
      throw fail(
          "field " + field + " is cut off: " + count + " bytes wanted, " + (end - at) + " left");
    }
    int start = at;
    at += count;
    return start;
  }

  private long readVarint() {
    long value = 0;
    for (int i = 0; i < MAX_VARINT_BYTES; i++) {
      if (at == end) {
        throw fail("the file ends inside a number");
      }
      byte b = bytes[at++];
      value |= (long) (b & 0x7F) << (7 * i);
      if (b >= 0) {
        return value;
      }
    }
    throw fail("a number longer than " + MAX_VARINT_BYTES + " bytes ends at byte " + at);
  }
}
