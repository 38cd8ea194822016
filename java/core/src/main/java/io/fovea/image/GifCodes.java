package io.fovea.image;

import javax.imageio.IIOException;

/** Palette indices in GIF's variable-length codes (GIF89a, appendix F). */
final class GifCodes {
  private static final int MOST_BITS = 12;
  private static final int MOST_CODES = 1 << MOST_BITS;

  private final FileBytes file;
  private final int firstBits;
  private final int clear;
  private final short[] prefix = new short[MOST_CODES]; // the code of all indices but the last
  private final byte[] last = new byte[MOST_CODES]; // index of each code
  private final byte[] reversed = new byte[MOST_CODES + 1];

  private int at;
  private int blockEnd;
  private int held; // bits that are read and not used, the next one lowest
  private int heldCount;

  /**
   * Codes of a frame.
   *
   * @param at the first sub-block's length
   * @param bits of an index, 0 to 11; codes begin with one more
   */
  GifCodes(FileBytes file, int at, int bits) {
    this.file = file;
    this.at = at;
    blockEnd = at;
    firstBits = bits + 1;
    clear = 1 << bits;
  }

  /**
   * So many indices; what follows them is left.
   *
   * @throws IIOException where the codes end before, or one is not known
   */
  byte[] indices(int count) throws IIOException {
    byte[] indices = new byte[count];
    int filled = 0;
    int next = clear + 2;
    int bits = firstBits;
    int before = -1;
    while (filled < count) {
      int code = code(bits);
      if (code == clear) {
        next = clear + 2;
        bits = firstBits;
        before = -1;
        continue;
      }
      if (code == clear + 1) {
        throw new TruncatedException("its frame ends after " + filled + " of " + count + " pixels");
      }
      if (before < 0 ? code > clear : code > next) {
        throw new IIOException("its frame holds the code " + code + ", which is not known yet");
      }
      int length = expand(code == next ? before : code, code == next ? 1 : 0);
      if (code == next) {
        reversed[0] = reversed[length - 1]; // the first index again, at the end
      }
      for (int i = length - 1; i >= 0 && filled < count; i--) {
        indices[filled++] = reversed[i];
      }
      if (before >= 0 && next < MOST_CODES) {
        prefix[next] = (short) before;
        last[next] = reversed[length - 1];
        next++;
        bits += next == 1 << bits && bits < MOST_BITS ? 1 : 0;
      }
      before = code;
    }
    return indices;
  }

  /**
   * Writes a code's indices, the last one first, from {@code reversed[from]} on; returns the end.
   */
  private int expand(int code, int from) throws IIOException {
    int length = from;
    int rest = code;
    while (rest >= clear) {
      if (rest < clear + 2 || length >= MOST_CODES) {
        throw new IIOException("its frame holds codes that do not end");
      }
      reversed[length++] = last[rest];
      rest = prefix[rest];
    }
    reversed[length++] = (byte) rest;
    return length;
  }

  private int code(int bits) throws IIOException {
    while (heldCount < bits) {
      held |= nextByte() << heldCount;
      heldCount += 8;
    }
    int code = held & ((1 << bits) - 1);
    held >>>= bits;
    heldCount -= bits;
    return code;
  }

  private int nextByte() throws IIOException {
    if (at == blockEnd) {
      int length = file.u8(at);
      if (length == 0) {
        throw new TruncatedException("the data of its frame end too early");
      }
      at++;
      blockEnd = at + length;
    }
    return file.u8(at++);
  }
}
