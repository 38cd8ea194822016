package io.fovea.tools.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Builds the header of a GGUF file, version 3, entry by entry. */
final class GgufHeader {
  private static final int VERSION = 3;
  private static final int UINT8 = 0;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Bytes entries = new Bytes();
  private final Bytes tensors = new Bytes();
  private long entryCount;
  private long tensorCount;
  private long dataBytes;

  /** {@code bytes} rounded up to the alignment of tensors. */
  static long aligned(long bytes) {
    return Math.addExact(bytes, GgufFile.DEFAULT_ALIGNMENT - 1)
        & -GgufFile.DEFAULT_ALIGNMENT; // a power of two
  }

  GgufHeader text(String key, String value) {
    entry(key, STRING).string(value);
    return this;
  }

  GgufHeader uint32(String key, long value) {
    entry(key, UINT32).i4(Math.toIntExact(value));
    return this;
  }

  GgufHeader float32(String key, float value) {
    entry(key, FLOAT32).i4(Float.floatToRawIntBits(value));
    return this;
  }

  GgufHeader flag(String key, boolean value) {
    entry(key, BOOL).i1(value ? 1 : 0);
    return this;
  }

  GgufHeader texts(String key, List<String> values) {
    Bytes out = array(key, STRING, values.size());
    values.forEach(out::string);
    return this;
  }

  GgufHeader float32s(String key, float... values) {
    Bytes out = array(key, FLOAT32, values.length);
    for (float value : values) {
      out.i4(Float.floatToRawIntBits(value));
    }
    return this;
  }

  GgufHeader int32s(String key, List<Integer> values) {
    Bytes out = array(key, INT32, values.size());
    values.forEach(out::i4);
    return this;
  }

  GgufHeader uint8s(String key, ByteBuffer values) {
    Bytes out = array(key, UINT8, values.remaining());
    for (int i = values.position(); i < values.limit(); i++) {
      out.i1(values.get(i));
    }
    return this;
  }

  private Bytes entry(String key, int type) {
    entryCount++;
    return entries.string(key).i4(type);
  }

  private Bytes array(String key, int type, int count) {
    return entry(key, ARRAY).i4(type).i8(count);
  }

  /**
   * Adds a tensor; tensors lie in the file in the order in which they are added.
   *
   * @param shape sizes, outermost first
   * @param bytes of its values
   */
  void tensor(String name, List<Long> shape, GgmlType type, long bytes) {
    tensorCount++;
    tensors.string(name).i4(shape.size());
    for (int i = shape.size() - 1; i >= 0; i--) {
      tensors.i8(shape.get(i));
    }
    tensors.i4(type.number()).i8(dataBytes);
    dataBytes = aligned(Math.addExact(dataBytes, bytes));
  }

  /** Bytes of all tensors with what aligns them. */
  long dataBytes() {
    return dataBytes;
  }

  /** Everything up to the first tensor. */
  byte[] toBytes() {
    Bytes out = new Bytes();
    out.i4(GgufFile.MAGIC).i4(VERSION).i8(tensorCount).i8(entryCount);
    out.append(entries).append(tensors);
    out.zeros((int) (aligned(out.size()) - out.size()));
    return out.toByteArray();
  }

  /** Little-endian numbers and strings. */
  private static final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes i1(int value) {
      out.write(value);
      return this;
    }

    Bytes i4(int value) {
      return number(value, Integer.BYTES);
    }

    Bytes i8(long value) {
      return number(value, Long.BYTES);
    }

    private Bytes number(long value, int bytes) {
      byte[] all =
          ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
      out.write(all, 0, bytes);
      return this;
    }

    Bytes string(String value) {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      i8(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    Bytes append(Bytes other) {
      out.writeBytes(other.toByteArray());
      return this;
    }

    void zeros(int count) {
      out.writeBytes(new byte[count]);
    }

    int size() {
      return out.size();
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
