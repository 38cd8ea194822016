package io.fovea.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damaged files without end: sound ones, edited at random in the ways that break readers. The same
 * seed gives the same files.
 */
public final class Mutations {
  private static final int MAX_EDITS = 4;

  /** Numbers that overflow, go negative or ask for all memory once they are read. */
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "1",
          "127",
          "256",
          "65536",
          "1000000007",
          "2147483647",
          "2147483648",
          "-2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "99999999999999999999999",
          "1e400",
          "-0.0",
          "1e-400",
          "0.5",
          "NaN",
          "null",
          "[]",
          "\"\"");

  private static final long[] LENGTHS = {
    0,
    -1,
    1,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000L,
    0xFFFF_FFFFL,
    0x7FFF_FFFF_FFFF_FFFFL,
    0x8000_0000_0000_0000L,
    0x0100_0000_0000L,
    1 << 20,
    1 << 30
  };

  private static final byte[][] PIECES =
      bytes(
          "[", "]", "{", "}", "[[", "{\"a\":", "\"", "\\", "\\u0000", "\\ud800", ",", ":", "-",
          "null", "true", "{}", "..", "/", "\u0000", "\uFFFF", "\u00FF", "\u0080");

  private final Random random;
  private final List<byte[]> sound;

  /**
   * @param sound at least one file
   */
  public Mutations(long seed, List<byte[]> sound) {
    random = new Random(seed);
    this.sound = List.copyOf(sound);
  }

  /** The next file, one to four edits away from a sound one. */
  public byte[] next() {
    byte[] file = any().clone();
    for (int edits = 1 + random.nextInt(MAX_EDITS); edits > 0; edits--) {
      file = edited(file);
    }
    return file;
  }

  private byte[] any() {
    return sound.get(random.nextInt(sound.size()));
  }

  private byte[] edited(byte[] file) {
    int at = random.nextInt(file.length + 1);
    int to = Math.min(file.length, at + 1 + random.nextInt(random.nextBoolean() ? 8 : 200));
    return switch (random.nextInt(11)) {
      case 0 -> flipped(file);
      case 1 -> overwritten(file, at);
      case 2 -> Arrays.copyOf(file, at); // truncated
      case 3 -> joined(file, at, new byte[0], to); // cut out
      case 4 -> joined(file, at, Arrays.copyOfRange(file, at, to), at); // doubled
      case 5 -> joined(file, at, PIECES[random.nextInt(PIECES.length)], at);
      case 6 -> joined(file, at, nested(), at);
      case 7 -> spliced(file, at);
      case 8 -> doubledMember(file, at);
      default -> renumbered(file, at);
    };
  }

  private byte[] flipped(byte[] file) {
    byte[] flipped = file.clone();
    if (file.length > 0) {
      flipped[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  /** A binary number of 1 to 8 bytes in place of what was there. */
  private byte[] overwritten(byte[] file, int at) {
    int size = Math.min(1 << random.nextInt(4), file.length - at);
    long value = LENGTHS[random.nextInt(LENGTHS.length)];
    ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    byte[] number = ByteBuffer.allocate(8).order(order).putLong(value).array();
    byte[] overwritten = file.clone();
    int from = order == ByteOrder.LITTLE_ENDIAN ? 0 : 8 - size;
    System.arraycopy(number, from, overwritten, at, size);
    return overwritten;
  }

  private byte[] nested() {
    String open = random.nextBoolean() ? "[" : "{\"a\":";
    return open.repeat(1 << random.nextInt(14)).getBytes(StandardCharsets.US_ASCII);
  }

  /** The beginning of this file and the end of another, or of itself. */
  private byte[] spliced(byte[] file, int at) {
    byte[] other = any();
    int from = random.nextInt(other.length + 1);
    return joined(file, at, Arrays.copyOfRange(other, from, other.length), file.length);
  }

  /** A JSON member, from one quotation mark after a comma or brace to the next comma, twice. */
  private static byte[] doubledMember(byte[] file, int near) {
    int from = find(file, near, '"');
    int to = find(file, find(file, from, ':'), ',');
    return to == file.length
        ? file
        : joined(file, to + 1, Arrays.copyOfRange(file, from, to + 1), to + 1);
  }

  /** Another decimal number in place of the next one. */
  private byte[] renumbered(byte[] file, int near) {
    int from = near;
    while (from < file.length && !isDigit(file[from])) {
      from++;
    }
    int to = from;
    while (to < file.length && isDigit(file[to])) {
      to++;
    }
    String number = NUMBERS.get(random.nextInt(NUMBERS.size()));
    return from == to
        ? flipped(file)
        : joined(file, from, number.getBytes(StandardCharsets.US_ASCII), to);
  }

  private static int find(byte[] file, int from, char wanted) {
    int at = from;
    while (at < file.length && file[at] != wanted) {
      at++;
    }
    return at;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** {@code file[0, to)}, what is between, and the file from {@code rest} on. */
  private static byte[] joined(byte[] file, int to, byte[] between, int rest) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.write(file, 0, to);
    joined.write(between, 0, between.length);
    joined.write(file, rest, file.length - rest);
    return joined.toByteArray();
  }

  private static byte[][] bytes(String... pieces) {
    return Arrays.stream(pieces)
        .map(piece -> piece.getBytes(StandardCharsets.ISO_8859_1))
        .toArray(byte[][]::new);
  }
}
