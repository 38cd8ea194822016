package io.fovea.image;

import javax.imageio.IIOException;

/**
 * The chunks of a PNG file.
 *
 * @param width in pixels
 * @param exifAt where EXIF data (a TIFF header) begins, 0 when there is none
 * @param exifEnd where it ends
 */
record PngHeader(long width, long height, int exifAt, int exifEnd) {
  private static final int FIRST_CHUNK = 8;
  private static final int CHUNK_OVERHEAD = 12; // length, type, checksum

  /**
   * Walks all chunks, so that none reaches past the file.
   *
   * @throws IIOException when the file ends before its end chunk
   */
  static PngHeader read(FileBytes file) throws IIOException {
    if (!file.has("IHDR", FIRST_CHUNK + 4)) {
      throw new IIOException("the first chunk is not IHDR");
    }
    int exifAt = 0;
    int exifEnd = 0;
    int at = FIRST_CHUNK;
    for (boolean last = false; !last; ) {
      long end = at + CHUNK_OVERHEAD + file.u32(at);
      if (end > file.length()) {
        throw new IIOException("the file is truncated: a chunk reaches to byte " + end);
      }
      if (file.has("eXIf", at + 4)) {
        exifAt = at + 8;
        exifEnd = (int) end - 4;
      }
      last = file.has("IEND", at + 4);
      at = (int) end;
    }
    return new PngHeader(file.u32(FIRST_CHUNK + 8), file.u32(FIRST_CHUNK + 12), exifAt, exifEnd);
  }
}
