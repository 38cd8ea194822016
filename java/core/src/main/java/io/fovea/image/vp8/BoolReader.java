package io.fovea.image.vp8;

/**
 * The arithmetic decoder of VP8 (RFC 6386, 7): bits whose probability is known, packed into fewer.
 */
final class BoolReader {
  private static final int EVEN = 128;

  private final byte[] bytes;
  private final int end;
  private int at;
  private int value;
  private int range = 254; // the RFC's range less 1
  private int unread = -8; // bits of value beyond the 8 that are compared next
  private boolean ended;

  /** Reads {@code bytes[at, end)}; zeros follow. */
  BoolReader(byte[] bytes, int at, int end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** The next bit, which is 0 with {@code probability} / 256. */
  int bit(int probability) {
    if (unread < 0) {
      load();
    }
    int split = range * probability >> 8;
    int bit = (value >> unread) > split ? 1 : 0;
    if (bit == 1) {
      range -= split + 1;
      value -= (split + 1) << unread;
    } else {
      range = split;
    }
    while (range < 127) {
      range = 2 * range + 1;
      unread--;
    }
    return bit;
  }

  private void load() {
    value <<= 8;
    unread += 8;
    if (at < end) {
      value |= bytes[at++] & 0xff;
    } else {
      ended = true;
    }
  }

  /** The next bit, 0 or 1 alike. */
  boolean flag() {
    return bit(EVEN) == 1;
  }

  /** An unsigned number of so many bits, the highest first. */
  int literal(int bits) {
    int number = 0;
    for (int i = 0; i < bits; i++) {
      number = 2 * number + bit(EVEN);
    }
    return number;
  }

  /** A number of so many bits, then its sign. */
  int signed(int bits) {
    int number = literal(bits);
    return flag() ? -number : number;
  }

  /** A flag, and a signed number if it is set; else 0. */
  int optional(int bits) {
    return flag() ? signed(bits) : 0;
  }

  /** Whether more was read than there is. */
  boolean hasEnded() {
    return ended;
  }
}
