package io.fovea.image;

import io.fovea.ImageSize;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * The screen of a GIF file (GIF89a) after its first frame, as Pillow reads it: bytes between blocks
 * are skipped; indices beyond a palette are black; where there is no palette, or one whose colours
 * are their own indices, all indices are levels of grey.
 */
final class GifFile {
  private static final int EXTENSION = '!';
  private static final int FRAME = ',';
  private static final int TRAILER = ';';
  private static final int GRAPHIC_CONTROL = 0xf9;
  private static final int HEADER_BYTES = 13;
  private static final int FRAME_BYTES = 10; // with its separator
  private static final int GREY = 0x010101;
  private static final int MOST_CODE_BITS = 11;

  private final Source source;
  private final FileBytes file;
  private int at;
  private int transparent = -1;

  private GifFile(Source source) {
    this.source = source;
    file = source.bytes();
  }

  /** The first frame on its screen. */
  static Layers read(Source source) throws IIOException {
    return new GifFile(source).layers();
  }

  private Layers layers() throws IIOException {
    int[] colors = palette(HEADER_BYTES, file.u8(10), null);
    at = HEADER_BYTES + paletteBytes(file.u8(10));
    if (!findFrame(/* first= */ true)) {
      throw new IIOException("there is no picture in it");
    }
    int frame = at;
    int left = file.u16Little(frame + 1);
    int top = file.u16Little(frame + 3);
    int width = file.u16Little(frame + 5);
    int height = file.u16Little(frame + 7);
    if (width == 0 || height == 0) {
      throw new IIOException("its first frame has " + width + "x" + height + " pixels");
    }
    ImageSize screen =
        source.size(
            Math.max(file.u16Little(6), left + width), Math.max(file.u16Little(8), top + height));
    colors = palette(frame + FRAME_BYTES, file.u8(frame + 9), colors);
    ImageSize size = new ImageSize(width, height);
    source.claim(need(screen, size, isInterlaced(file.u8(frame + 9))));
    Layers picture = colored(indices(size), colors, width, height);
    int background = transparent < 0 ? 0 : transparent;
    int fill = (transparent < 0 ? 0xff000000 : 0) | colors[background];
    Layers shown = picture.size().equals(screen) ? picture : picture.on(screen, left, top, fill);
    return shown.firstOf(1 + framesAfter(), "frames");
  }

  /** Indices and, where the screen is larger, the coloured frame beside it. */
  private HeapNeed need(ImageSize screen, ImageSize frame, boolean interlaced) {
    boolean whole = frame.equals(screen);
    boolean hasAlpha = transparent >= 0;
    int indices = interlaced ? 2 : 1;
    return HeapNeed.of(screen)
        .withAlpha(hasAlpha || !whole)
        .and(frame.pixels() * (whole ? indices : indices + (hasAlpha ? 4 : 3)));
  }

  private static boolean isInterlaced(int flags) {
    return (flags & 0x40) != 0;
  }

  private static int paletteBytes(int flags) {
    return (flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0;
  }

  /** Colours 0xRRGGBB of the 256 indices: by a palette that is there, else {@code otherwise}. */
  private int[] palette(int begin, int flags, int @Nullable [] otherwise) throws IIOException {
    int count = paletteBytes(flags) / 3;
    if (count == 0 && otherwise != null) {
      return otherwise;
    }
    int[] colors = new int[256];
    boolean grey = true;
    for (int i = 0; i < count; i++) {
      int entry = begin + 3 * i;
      colors[i] = file.u8(entry) << 16 | file.u8(entry + 1) << 8 | file.u8(entry + 2);
      grey &= colors[i] == i * GREY;
    }
    for (int i = count; i < colors.length && grey; i++) {
      colors[i] = i * GREY;
    }
    return colors;
  }

  /**
   * Goes on to the next frame's separator.
   *
   * @param first whether extensions count, and the file's end is an error
   */
  private boolean findFrame(boolean first) throws IIOException {
    while (first || at < file.length()) {
      int block = file.u8(at);
      if (block == FRAME) {
        return true;
      }
      if (block == TRAILER) {
        return false;
      }
      if (block == EXTENSION) {
        boolean control = file.u8(at + 1) == GRAPHIC_CONTROL && file.u8(at + 2) >= 4;
        if (first && control && (file.u8(at + 3) & 1) != 0) {
          transparent = file.u8(at + 6);
        }
        skipSubBlocks(at + 2);
      } else {
        at++;
      }
    }
    return false;
  }

  /** Sub-blocks are length and bytes; the last one is empty. */
  private void skipSubBlocks(int from) throws IIOException {
    at = from;
    while (file.u8(at) != 0) {
      at += 1 + file.u8(at);
    }
    at++;
  }

  /**
   * Palette indices of the frame at {@link #at}, and that place moved behind it: [height, width].
   */
  private byte[] indices(ImageSize size) throws IIOException {
    int flags = file.u8(at + 9);
    int data = at + FRAME_BYTES + paletteBytes(flags);
    int bits = file.u8(data);
    if (bits > MOST_CODE_BITS) {
      throw new IIOException("its codes begin with " + bits + " bits");
    }
    byte[] rows = new GifCodes(file, data + 1, bits).indices(Math.toIntExact(size.pixels()));
    at = data + 1;
    return isInterlaced(flags) ? inOrder(rows, size) : rows;
  }

  /** Rows of an interlaced frame come in four passes. */
  private static byte[] inOrder(byte[] rows, ImageSize size) {
    int[][] passes = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}; // first row, step
    byte[] ordered = new byte[rows.length];
    int from = 0;
    for (int[] pass : passes) {
      for (int y = pass[0]; y < size.height(); y += pass[1]) {
        System.arraycopy(rows, from, ordered, y * size.width(), size.width());
        from += size.width();
      }
    }
    return ordered;
  }

  private Layers colored(byte[] indices, int[] colors, int width, int height) {
    byte[] rgb = new byte[Math.multiplyExact(3, indices.length)];
    byte @Nullable [] alpha = transparent < 0 ? null : new byte[indices.length];
    for (int pixel = 0; pixel < indices.length; pixel++) {
      int index = indices[pixel] & 0xff;
      rgb[3 * pixel] = (byte) (colors[index] >> 16);
      rgb[3 * pixel + 1] = (byte) (colors[index] >> 8);
      rgb[3 * pixel + 2] = (byte) colors[index];
      if (alpha != null) {
        alpha[pixel] = (byte) (index == transparent ? 0 : 255);
      }
    }
    return Layers.opaque(new ImageSize(width, height), rgb).withAlpha(alpha);
  }

  /** How many frames come after the one whose data begin here; damage ends them. */
  private int framesAfter() {
    int frames = 0;
    try {
      skipSubBlocks(at);
      while (findFrame(/* first= */ false)) {
        int flags = file.u8(at + 9);
        frames++;
        skipSubBlocks(at + FRAME_BYTES + paletteBytes(flags) + 1);
      }
    } catch (IIOException damaged) {
      return frames;
    }
    return frames;
  }
}
