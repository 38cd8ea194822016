package io.fovea.image;

import io.fovea.ImageSize;
import javax.imageio.IIOException;

/** Run-length coded palette indices of a BMP file (BI_RLE8, BI_RLE4). */
final class BmpRuns {
  private static final int END_OF_ROW = 0;
  private static final int END = 1;
  private static final int MOVE = 2;

  private final FileBytes file;
  private final boolean halves; // two indices a byte
  private final ImageSize size;
  private final boolean topDown;
  private final byte[] indices;
  private int at;
  private int x;
  private int y; // in the order of the file

  BmpRuns(FileBytes file, int at, boolean halves, ImageSize size, boolean topDown) {
    this.file = file;
    this.at = at;
    this.halves = halves;
    this.size = size;
    this.topDown = topDown;
    indices = new byte[Math.toIntExact(size.pixels())];
  }

  /** [height, width]; what no run covers is 0. */
  byte[] indices() throws IIOException {
    while (y < size.height() && !isComplete()) {
      int count = file.u8(at);
      int value = file.u8(at + 1);
      at += 2;
      if (count > 0) {
        for (int i = 0; i < count; i++) {
          put(halves ? nibble(value, i) : value);
        }
      } else if (value == END_OF_ROW) {
        x = 0;
        y++;
      } else if (value == END) {
        return indices;
      } else if (value == MOVE) {
        x += file.u8(at);
        y += file.u8(at + 1);
        at += 2;
      } else {
        literal(value);
      }
    }
    return indices;
  }

  /** Whether the last index is set, after which the end mark may be missing. */
  private boolean isComplete() {
    return y == size.height() - 1 && x >= size.width();
  }

  private void literal(int count) throws IIOException {
    for (int i = 0; i < count; i++) {
      put(halves ? nibble(file.u8(at + i / 2), i) : file.u8(at + i));
    }
    int bytes = halves ? (count + 1) / 2 : count;
    at += bytes + bytes % 2;
  }

  private static int nibble(int value, int i) {
    return i % 2 == 0 ? value >> 4 : value & 15;
  }

  /** Indices past the end of a row are dropped. */
  private void put(int index) {
    if (x < size.width() && y < size.height()) {
      int row = topDown ? y : size.height() - 1 - y;
      indices[row * size.width() + x] = (byte) index;
    }
    x++;
  }
}
