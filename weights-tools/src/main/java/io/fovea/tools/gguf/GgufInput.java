package io.fovea.tools.gguf;

import io.fovea.ModelLoadException;
import io.fovea.tools.source.BinaryFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the header of a GGUF file from front to back; counts are checked before they are used. */
final class GgufInput {
  static final String DAMAGED = "the file is damaged: fetch or write it again";

  private static final int WINDOW_BYTES = 1 << 20;
  private static final int MAX_STRING_BYTES = 16 << 20;
  private static final int MAX_DEPTH = 4;

  /** Most values of all arrays together; a large vocabulary needs a million. */
  private static final int MAX_VALUES = 1 << 21;

  private static final long MAX_HEADER_BYTES = 256 << 20;

  private final BinaryFile file;
  private long at;
  private ByteBuffer window = ByteBuffer.allocate(0);
  private int values;

  GgufInput(BinaryFile file) {
    this.file = file;
  }

  long position() {
    return at;
  }

  int u4(String field) throws IOException {
    return take(field, 4).getInt();
  }

  long u8(String field) throws IOException {
    return take(field, 8).getLong();
  }

  /** A length of 8 bytes, then UTF-8. */
  String string(String field) throws IOException {
    long length = u8(field);
    if (length < 0 || length > MAX_STRING_BYTES) {
      throw bad(field, "a string has " + Long.toUnsignedString(length) + " bytes");
    }
    try {
      ByteBuffer bytes = take(field, (int) length);
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw bad(field, "a string is not UTF-8");
    }
  }

  /** A value of the numbered type; the numbers are the format's. */
  GgufValue value(String field, int type) throws IOException {
    return value(field, type, 0);
  }

  private GgufValue value(String field, int type, int depth) throws IOException {
    return switch (type) {
      case 0 -> new GgufValue.Int(take(field, 1).get() & 0xff);
      case 1 -> new GgufValue.Int(take(field, 1).get());
      case 2 -> new GgufValue.Int(take(field, 2).getShort() & 0xffff);
      case 3 -> new GgufValue.Int(take(field, 2).getShort());
      case 4 -> new GgufValue.Int(u4(field) & 0xffffffffL);
      case 5 -> new GgufValue.Int(u4(field));
      case 6 -> new GgufValue.Real(take(field, 4).getFloat());
      case 7 -> new GgufValue.Flag(take(field, 1).get() != 0);
      case 8 -> new GgufValue.Text(string(field));
      case 9 -> items(field, depth + 1);
      case 10, 11 -> new GgufValue.Int(u8(field));
      case 12 -> new GgufValue.Real(take(field, 8).getDouble());
      default -> throw bad(field, "is of the unknown type " + Integer.toUnsignedString(type));
    };
  }

  private GgufValue items(String field, int depth) throws IOException {
    int type = u4(field);
    long count = u8(field);
    if (depth > MAX_DEPTH) {
      throw bad(field, "is an array nested deeper than " + MAX_DEPTH);
    }
    if (count < 0 || count > MAX_VALUES - values || count > file.size() - at) {
      throw bad(field, "has " + Long.toUnsignedString(count) + " values");
    }
    values += (int) count;
    List<GgufValue> items = new ArrayList<>((int) count);
    for (int i = 0; i < count; i++) {
      items.add(value(field, type, depth));
    }
    return new GgufValue.Items(items);
  }

  private ByteBuffer take(String field, int bytes) throws IOException {
    if (at + bytes > MAX_HEADER_BYTES) {
      throw bad(field, "lies beyond the first " + MAX_HEADER_BYTES + " bytes");
    }
    if (window.remaining() < bytes) {
      if (!file.holds(at, bytes)) {
        throw bad(field, "the file ends within it, at byte " + file.size());
      }
      long ahead = Math.min(Math.max(bytes, WINDOW_BYTES), file.size() - at);
      window = file.read(at, (int) ahead);
    }
    ByteBuffer taken = window.slice(window.position(), bytes).order(ByteOrder.LITTLE_ENDIAN);
    window.position(window.position() + bytes);
    at += bytes;
    return taken;
  }

  ModelLoadException bad(String field, String problem) {
    return new ModelLoadException(file.path(), field, problem, DAMAGED);
  }
}
