package io.fovea.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The "precompiled charsmap" of a SentencePiece model: rules that replace a byte sequence by
 * another, such as NFKC. Layout, little-endian: trie size in bytes (u32), the trie, then the
 * replacements, each ended by a NUL.
 *
 * <p>The trie is a Darts-clone double array of 32-bit units. A child of unit u by byte b is at
 * {@code index(u) ^ offset(u) ^ b} and carries b as its label; the value of a key is in the unit at
 * {@code index(u) ^ offset(u)}. A damaged trie can give wrong replacements but no access outside
 * the arrays and no endless walk: every step eats one byte of the text.
 */
final class CharacterMap {
  private final int[] units;
  private final byte[] replacements;

  private CharacterMap(int[] units, byte[] replacements) {
    this.units = units;
    this.replacements = replacements;
  }

  /** Reads a charsmap; empty if the trie's size does not fit. */
  static Optional<CharacterMap> parse(byte[] blob) {
    if (blob.length <= Integer.BYTES) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
    long trieBytes = Integer.toUnsignedLong(buffer.getInt());
    if (trieBytes < Integer.BYTES || trieBytes % 4 != 0 || trieBytes > blob.length - 4L) {
      return Optional.empty();
    }
    IntBuffer trie = buffer.slice(4, (int) trieBytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    int[] units = new int[trie.remaining()];
    trie.get(units);
    return Optional.of(
        new CharacterMap(units, Arrays.copyOfRange(blob, 4 + (int) trieBytes, blob.length)));
  }

  /**
   * Finds the longest rule whose left side begins {@code text[from, to)}.
   *
   * @return bytes of text that the rule replaces in the low 32 bits, the start of its replacement
   *     in the high 32; 0 if no rule applies
   */
  long longestRule(byte[] text, int from, int to) {
    return rule(text, from, to, false);
  }

  /** As {@link #longestRule}, the shortest. */
  long shortestRule(byte[] text, int from, int to) {
    return rule(text, from, to, true);
  }

  private long rule(byte[] text, int from, int to, boolean shortest) {
    long rule = 0;
    int node = offset(units[0]);
    for (int i = from; i < to && !(shortest && rule != 0); i++) {
      node ^= text[i] & 0xFF;
      if (node >= units.length || label(units[node]) != (text[i] & 0xFF)) {
        break;
      }
      int unit = units[node];
      node ^= offset(unit);
      if (node >= units.length) {
        break;
      }
      int value = units[node] & 0x7FFFFFFF;
      if (hasValue(unit) && value < replacements.length) {
        rule = ((long) value << 32) | (i + 1 - from);
      }
    }
    return rule;
  }

  /** The array that replacements point into. */
  byte[] replacements() {
    return replacements;
  }

  /** Where the replacement that begins at {@code start} ends. */
  int replacementEnd(int start) {
    int end = start;
    while (end < replacements.length && replacements[end] != 0) {
      end++;
    }
    return end;
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
  }

  /** The byte that leads to a unit; for a unit that holds a value, nothing a byte can equal. */
  private static int label(int unit) {
    return unit & ((1 << 31) | 0xFF);
  }

  private static boolean hasValue(int unit) {
    return ((unit >>> 8) & 1) == 1;
  }
}
