package io.fovea.tools.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, read from front to back; no length is believed before it is checked. */
final class PickleInput {
  private static final int MAX_LINE = 1 << 16;

  private final ByteBuffer bytes;

  PickleInput(ByteBuffer bytes) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  int position() {
    return bytes.position();
  }

  int u1() throws PickleException {
    return take(1).get() & 0xff;
  }

  int u2() throws PickleException {
    return take(2).getShort() & 0xffff;
  }

  int i4() throws PickleException {
    return take(4).getInt();
  }

  long u4() throws PickleException {
    return take(4).getInt() & 0xffffffffL;
  }

  long i8() throws PickleException {
    return take(8).getLong();
  }

  /** The format's one big-endian number. */
  double float8() throws PickleException {
    return Double.longBitsToDouble(Long.reverseBytes(i8()));
  }

  void skip(long count) throws PickleException {
    take(count);
  }

  /** {@code count} bytes of UTF-8; lone surrogates, which Python can write, are refused. */
  String utf8(long count) throws PickleException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(take(count)).toString();
    } catch (CharacterCodingException e) {
      throw new PickleException("a string is not UTF-8");
    }
  }

  /** A two's complement integer of up to 8 bytes, lowest byte first; none at all is 0. */
  long signed(int count) throws PickleException {
    ByteBuffer digits = take(count);
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (digits.get() & 0xffL) << (8 * i);
    }
    int unused = Long.SIZE - 8 * count;
    return count == 0 ? 0 : value << unused >> unused;
  }

  /** Up to the next line feed, which is consumed. */
  String line() throws PickleException {
    int start = bytes.position();
    for (int i = start; i < bytes.limit() && i - start <= MAX_LINE; i++) {
      if (bytes.get(i) == '\n') {
        String line = utf8(i - start);
        skip(1);
        return line;
      }
    }
    throw new PickleException("a line does not end within " + MAX_LINE + " bytes");
  }

  private ByteBuffer take(long count) throws PickleException {
    if (count < 0 || count > bytes.remaining()) {
      throw new PickleException(
          Long.toUnsignedString(count)
              + " bytes were expected, "
              + bytes.remaining()
              + " are left");
    }
    ByteBuffer taken = bytes.slice(bytes.position(), (int) count).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(bytes.position() + (int) count);
    return taken;
  }
}
