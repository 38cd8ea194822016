package io.fovea.image;

import javax.imageio.IIOException;

/**
 * Bounds-checked reading of numbers at places in a file.
 *
 * @param bytes the file
 */
@SuppressWarnings("ArrayRecordComponent") // a view
record FileBytes(byte[] bytes) {
  int length() {
    return bytes.length;
  }

  /** Unsigned byte. */
  int u8(int at) throws IIOException {
    if (at < 0 || at >= bytes.length) {
      throw new TruncatedException("it ends after " + bytes.length + " bytes");
    }
    return bytes[at] & 0xff;
  }

  /** Unsigned 16 bits, high byte first. */
  int u16(int at) throws IIOException {
    return u8(at) << 8 | u8(at + 1);
  }

  /** Unsigned 16 bits, low byte first. */
  int u16Little(int at) throws IIOException {
    return u8(at + 1) << 8 | u8(at);
  }

  /** Unsigned 32 bits, high byte first. */
  long u32(int at) throws IIOException {
    return (long) u16(at) << 16 | u16(at + 2);
  }

  /** Unsigned 32 bits, low byte first. */
  long u32Little(int at) throws IIOException {
    return (long) u16Little(at + 2) << 16 | u16Little(at);
  }

  /** Whether these characters, a byte each, stand here. */
  boolean has(String latin, int at) {
    if (at < 0 || at > bytes.length - latin.length()) {
      return false;
    }
    for (int i = 0; i < latin.length(); i++) {
      if ((bytes[at + i] & 0xff) != latin.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
