package io.fovea.text;

import java.util.Arrays;

/** A byte array that grows; one thread. */
final class ByteAppender {
  private byte[] bytes;
  private int length;

  ByteAppender(int capacity) {
    bytes = new byte[capacity];
  }

  int length() {
    return length;
  }

  void append(byte b) {
    reserve(1);
    bytes[length++] = b;
  }

  void append(byte[] source, int from, int to) {
    reserve(to - from);
    System.arraycopy(source, from, bytes, length, to - from);
    length += to - from;
  }

  void append(byte[] source) {
    append(source, 0, source.length);
  }

  boolean endsWith(byte[] suffix) {
    return length >= suffix.length
        && Arrays.equals(bytes, length - suffix.length, length, suffix, 0, suffix.length);
  }

  void removeLast(int count) {
    length -= count;
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, length);
  }

  private void reserve(int extra) {
    int wanted = Math.addExact(length, extra);
    if (wanted > bytes.length) {
      int doubled = (int) Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, Math.max(wanted, doubled));
    }
  }
}
