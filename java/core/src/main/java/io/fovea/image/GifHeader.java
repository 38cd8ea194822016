package io.fovea.image;

import io.fovea.ImageSize;
import javax.imageio.IIOException;

/**
 * The screen of a GIF file (GIF89a) and where its first frame lies on it.
 *
 * @param width of the screen in pixels, widened where the frame reaches past it
 * @param height of the screen in pixels, likewise
 * @param left column of the frame's first pixel on the screen
 * @param top row of it
 * @param background palette index that fills the rest of the screen: the transparent one, else 0
 */
record GifHeader(int width, int height, int left, int top, int background) {
  private static final int EXTENSION = '!';
  private static final int FRAME = ',';
  private static final int GRAPHIC_CONTROL = 0xf9;

  static GifHeader read(FileBytes file) throws IIOException {
    int at = 13 + paletteBytes(file.u8(10));
    int background = 0;
    while (file.u8(at) == EXTENSION) {
      if (file.u8(at + 1) == GRAPHIC_CONTROL && (file.u8(at + 3) & 1) != 0) {
        background = file.u8(at + 6);
      }
      at += 2;
      while (file.u8(at) != 0) { // sub-blocks: length, bytes
        at += 1 + file.u8(at);
      }
      at++;
    }
    if (file.u8(at) != FRAME) {
      throw new IIOException("there is no picture in it");
    }
    int left = file.u16Little(at + 1);
    int top = file.u16Little(at + 3);
    int width = Math.max(file.u16Little(6), left + file.u16Little(at + 5));
    int height = Math.max(file.u16Little(8), top + file.u16Little(at + 7));
    return new GifHeader(width, height, left, top, background);
  }

  private static int paletteBytes(int flags) {
    return (flags & 0x80) != 0 ? 3 << ((flags & 7) + 1) : 0;
  }

  /**
   * The whole screen after its first frame.
   *
   * @param fill 0xAARRGGBB of the pixels around the frame
   */
  Layers onScreen(Layers frame, int fill) {
    ImageSize screen = new ImageSize(width, height);
    if (frame.size().equals(screen)) {
      return frame;
    }
    return frame.on(screen, left, top, fill);
  }
}
