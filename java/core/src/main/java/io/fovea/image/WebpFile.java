package io.fovea.image;

import io.fovea.ImageSize;
import io.fovea.image.vp8.FrameHeader;
import io.fovea.image.vp8.KeyFrame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/** The chunks of a WebP file (RFC 9649): its canvas and its first frame. */
final class WebpFile {
  private static final int CHUNKS_AT = 12; // after "RIFF", size, "WEBP"
  private static final int BLOCK = 32; // a macroblock on either side
  private static final int PLANES_BYTES = 2; // a pixel: luma, chroma, what filters need
  private static final int SAMPLES_BYTES = 4; // a pixel: what the plug-in gives, with alpha
  private static final int FRAME_HEADER = 16; // of ANMF: place, size, duration, flags

  private final Source source;
  private final FileBytes file;
  private final int end;
  private @Nullable ImageSize canvas;
  private int left;
  private int top;
  private int lossyAt;
  private int lossyEnd;
  private int losslessAt;
  private int losslessEnd;
  private int alphaAt;
  private int alphaEnd;
  private int frames;
  private int orientation = ExifTag.UPRIGHT;
  private @Nullable String profile;

  private WebpFile(Source source) throws IIOException {
    this.source = source;
    file = source.bytes();
    long stated = file.u32Little(4) + 8;
    if (stated > file.length() + 1L) { // the last byte may be the padding of an odd chunk
      throw new IIOException(
          "the file is truncated: it has " + file.length() + " of " + stated + " bytes");
    }
    end = (int) Math.min(stated, file.length());
    walk(CHUNKS_AT, end);
  }

  /** The first frame on its canvas. */
  static Layers read(Source source) throws IOException {
    return new WebpFile(source).layers();
  }

  private void walk(int from, int to) throws IIOException {
    for (int at = from; at + 8 <= to; ) {
      long size = file.u32Little(at + 4);
      int begin = at + 8;
      if (size > to - begin) {
        throw new IIOException("the file is truncated: a chunk reaches past its end");
      }
      int stop = begin + (int) size;
      chunk(new String(file.bytes(), at, 4, StandardCharsets.ISO_8859_1), begin, stop);
      at = stop + (int) (size % 2);
    }
  }

  private boolean hasFrame() {
    return lossyAt > 0 || losslessAt > 0;
  }

  private void chunk(String kind, int begin, int stop) throws IIOException {
    switch (kind) {
      case "VP8X" -> canvas = source.size(u24(begin + 4) + 1L, u24(begin + 7) + 1L);
      case "ANMF" -> {
        frames++;
        if (!hasFrame()) {
          left = 2 * u24(begin);
          top = 2 * u24(begin + 3);
          walk(Math.min(stop, begin + FRAME_HEADER), stop);
        }
      }
      case "ALPH" -> {
        if (!hasFrame()) {
          alphaAt = begin;
          alphaEnd = stop;
        }
      }
      case "VP8 " -> {
        if (!hasFrame()) {
          lossyAt = begin;
          lossyEnd = stop;
        }
      }
      case "VP8L" -> {
        if (!hasFrame()) {
          losslessAt = begin;
          losslessEnd = stop;
        }
      }
      case "EXIF" -> orientation = ExifTag.orientation(file.bytes(), begin, stop);
      case "ICCP" -> profile = IccProfile.name(file.bytes(), begin, stop);
      default -> {}
    }
  }

  private int u24(int at) throws IIOException {
    return file.u16Little(at) | file.u8(at + 2) << 16;
  }

  private Layers layers() throws IOException {
    if (!hasFrame()) {
      throw new IIOException("there is no picture in it");
    }
    Layers frame = lossyAt > 0 ? lossy() : lossless(losslessAt, losslessEnd);
    return placed(frame).withOrientation(orientation).firstOf(frames, "frames").profiled(profile);
  }

  private Layers placed(Layers frame) throws IIOException {
    if (canvas == null || canvas.equals(frame.size())) {
      return frame;
    }
    boolean fits =
        left + frame.size().width() <= canvas.width()
            && top + frame.size().height() <= canvas.height();
    if (!fits || frames == 0) {
      throw new IIOException("a frame of " + frame.size() + " does not fit " + canvas);
    }
    return frame.on(canvas, left, top, /* fill= */ 0);
  }

  private Layers lossy() throws IOException {
    FrameHeader header = FrameHeader.read(file.bytes(), lossyAt, lossyEnd);
    ImageSize size = source.size(header.width(), header.height());
    source.claim(onCanvas(lossyNeed(size)), orientation);
    Layers frame = Layers.opaque(size, KeyFrame.rgb(file.bytes(), header, lossyEnd));
    if (alphaAt == 0) {
      return frame;
    }
    WebpAlpha alpha = new WebpAlpha(size, file.u8(alphaAt));
    byte[] plane =
        alpha.isCompressed()
            ? green(alphaPicture(alpha))
            : alpha.stored(file, alphaAt + 1, alphaEnd);
    return frame.withAlpha(alpha.unfiltered(plane));
  }

  /** Lossless data without the container's other chunks, whose profile a plug-in would apply. */
  private Layers lossless(int from, int to) throws IOException {
    byte[] plain = WebpAlpha.file(Arrays.copyOfRange(file.bytes(), from, to));
    HeapNeed need = HeapNeed.of(losslessSize(plain)).and(2L * plain.length);
    boolean hasAlpha = WebpAlpha.isUsed(plain);
    source.claim(
        onCanvas(hasAlpha ? need.withAlpha(true).perPixel(SAMPLES_BYTES) : need), orientation);
    return lossless(plain);
  }

  private ImageSize losslessSize(byte[] plain) throws IOException {
    long[] size = FormatReader.dimensions(ImageFormat.WEBP, plain);
    return source.size(size[0], size[1]);
  }

  private static Layers lossless(byte[] plain) throws IOException {
    return RgbPixels.ofOwn(FormatReader.read(ImageFormat.WEBP, plain), /* clipsGrey= */ false);
  }

  /** Planes of luma and chroma; then, beside the result, alpha, perhaps as a picture of its own. */
  private HeapNeed lossyNeed(ImageSize size) {
    HeapNeed planes = HeapNeed.of(size).and(BLOCK * (BLOCK + 0L + size.width() + size.height()));
    return alphaAt == 0
        ? planes.perPixel(PLANES_BYTES)
        : planes.withAlpha(true).perPixel(SAMPLES_BYTES).and(3L * (alphaEnd - alphaAt));
  }

  /** And a canvas with alpha, where the frame is not all of it. */
  private HeapNeed onCanvas(HeapNeed frame) {
    return canvas == null || canvas.equals(frame.size())
        ? frame
        : HeapNeed.of(canvas).withAlpha(true).and(frame.bytes());
  }

  private Layers alphaPicture(WebpAlpha alpha) throws IOException {
    byte[] plain = WebpAlpha.file(alpha.asLossless(file.bytes(), alphaAt + 1, alphaEnd));
    losslessSize(plain);
    return lossless(plain);
  }

  private static byte[] green(Layers layers) {
    byte[] green = new byte[layers.rgb().length / 3];
    for (int i = 0; i < green.length; i++) {
      green[i] = layers.rgb()[3 * i + 1];
    }
    return green;
  }
}
