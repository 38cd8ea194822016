package io.fovea.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** UTF-8 as tokenizers read it: whatever is malformed becomes U+FFFD, never an error. */
final class Utf8 {
  /** What {@link #codePoint} answers for a byte that begins no well-formed character. */
  static final int MALFORMED = -1;

  static final int REPLACEMENT = 0xFFFD;

  private Utf8() {}

  /** Bytes of {@code text}; a lone surrogate becomes U+FFFD (the JDK's encoder writes '?'). */
  static byte[] encode(String text) {
    byte[] bytes = new byte[Math.multiplyExact(text.length(), 3)];
    int end = 0;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      boolean lone = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
      end = put(lone ? REPLACEMENT : codePoint, bytes, end);
    }
    return Arrays.copyOf(bytes, end);
  }

  /** Bytes of a code point; those of U+FFFD for a surrogate. */
  static int length(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    return codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  /** The text that bytes stand for; malformed ones become U+FFFD. */
  static String decode(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int put(int codePoint, byte[] bytes, int at) {
    int end = at;
    if (codePoint < 0x80) {
      bytes[end++] = (byte) codePoint;
    } else if (codePoint < 0x800) {
      bytes[end++] = (byte) (0xC0 | (codePoint >> 6));
      bytes[end++] = trail(codePoint);
    } else if (codePoint < 0x10000) {
      bytes[end++] = (byte) (0xE0 | (codePoint >> 12));
      bytes[end++] = trail(codePoint >> 6);
      bytes[end++] = trail(codePoint);
    } else {
      bytes[end++] = (byte) (0xF0 | (codePoint >> 18));
      bytes[end++] = trail(codePoint >> 12);
      bytes[end++] = trail(codePoint >> 6);
      bytes[end++] = trail(codePoint);
    }
    return end;
  }

  private static byte trail(int bits) {
    return (byte) (0x80 | (bits & 0x3F));
  }

  /** Bytes a character should have by its first byte alone; 1 for a byte that cannot be first. */
  static int expectedLength(byte lead) {
    int b = lead & 0xFF;
    if (b < 0xC0) {
      return 1;
    }
    return b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
  }

  /**
   * The code point of the well-formed character at {@code bytes[from, to)}, or {@link #MALFORMED}
   * for an overlong, truncated, surrogate or too large one.
   */
  static int codePoint(byte[] bytes, int from, int to) {
    int lead = bytes[from] & 0xFF;
    if (lead < 0x80) {
      return lead;
    }
    int length = expectedLength(bytes[from]);
    if (length == 1 || length > to - from || lead >= 0xF8) {
      return MALFORMED;
    }
    int value = lead & (0x7F >> length);
    for (int i = from + 1; i < from + length; i++) {
      if (!isTrail(bytes[i])) {
        return MALFORMED;
      }
      value = (value << 6) | (bytes[i] & 0x3F);
    }
    int smallest = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    boolean surrogate = value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
    return value < smallest || surrogate || value > Character.MAX_CODE_POINT ? MALFORMED : value;
  }

  /**
   * Length of the longest beginning of a well-formed character at {@code bytes[from, to)} that is
   * not a whole one, at least 1: a "maximal subpart" (Unicode, section 3.9).
   */
  static int subpartLength(byte[] bytes, int from, int to) {
    int length = expectedLength(bytes[from]);
    int end = from + 1;
    if (length > 1 && end < to && canBeSecond(bytes[from], bytes[end])) {
      end++;
      while (end < to && end < from + length - 1 && isTrail(bytes[end])) {
        end++;
      }
    }
    return end - from;
  }

  /** Whether a well-formed character may begin with these two bytes (Unicode, table 3-7). */
  private static boolean canBeSecond(byte lead, byte second) {
    int value = second & 0xFF;
    return switch (lead & 0xFF) {
      case 0xC0, 0xC1 -> false;
      case 0xE0 -> value >= 0xA0 && value <= 0xBF;
      case 0xED -> value >= 0x80 && value <= 0x9F;
      case 0xF0 -> value >= 0x90 && value <= 0xBF;
      case 0xF4 -> value >= 0x80 && value <= 0x8F;
      default -> (lead & 0xFF) < 0xF5 && isTrail(second);
    };
  }

  /** Whether a byte can only continue a character. */
  static boolean isTrail(byte b) {
    return (b & 0xC0) == 0x80;
  }

  /** Whether {@code bytes[from, to)} is well-formed throughout. */
  static boolean isWellFormed(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i += expectedLength(bytes[i])) {
      if (codePoint(bytes, i, to) == MALFORMED) {
        return false;
      }
    }
    return true;
  }
}
