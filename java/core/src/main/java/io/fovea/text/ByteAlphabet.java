package io.fovea.text;

import java.util.Arrays;

/**
 * The 256 characters by which byte-level vocabularies spell bytes, so that every token is printable
 * text (introduced with GPT-2): a byte that is a printable Latin-1 character stands for itself, the
 * 68 others are U+0100, U+0101 and so on in ascending order. A space is U+0120, "Ġ".
 */
final class ByteAlphabet {
  private static final char FIRST_SUBSTITUTE = 0x100;
  private static final int SUBSTITUTES = 68;
  private static final char[] CHARACTERS = new char[256];
  private static final short[] VALUES = new short[FIRST_SUBSTITUTE + SUBSTITUTES];

  static {
    Arrays.fill(VALUES, (short) -1);
    char substitute = FIRST_SUBSTITUTE;
    for (int value = 0; value < CHARACTERS.length; value++) {
      char character = isPrintable(value) ? (char) value : substitute++;
      CHARACTERS[value] = character;
      VALUES[character] = (short) value;
    }
  }

  private ByteAlphabet() {}

  /** Visible characters of Latin-1; neither blanks nor the soft hyphen. */
  private static boolean isPrintable(int value) {
    return (value > 0x20 && value < 0x7F) || (value > 0xA0 && value != 0xAD);
  }

  /** The spelling of {@code bytes[from, to)}. */
  static String spell(byte[] bytes, int from, int to) {
    StringBuilder text = new StringBuilder(to - from);
    for (int i = from; i < to; i++) {
      text.append(CHARACTERS[bytes[i] & 0xFF]);
    }
    return text.toString();
  }

  /** Whether every character stands for a byte. */
  static boolean canRead(String spelling) {
    for (int i = 0; i < spelling.length(); i++) {
      char c = spelling.charAt(i);
      if (c >= VALUES.length || VALUES[c] < 0) {
        return false;
      }
    }
    return true;
  }

  /** The bytes that a spelling stands for, which {@link #canRead}. */
  static byte[] read(String spelling) {
    byte[] bytes = new byte[spelling.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) VALUES[spelling.charAt(i)];
    }
    return bytes;
  }
}
