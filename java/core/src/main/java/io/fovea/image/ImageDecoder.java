package io.fovea.image;

import io.fovea.ImageException;
import io.fovea.ImageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Pictures to RGB bytes, by default the same that the reference gets from Pillow's {@code
 * convert("RGB")}: identical for PNG, GIF, BMP, WebP and TIFF, but within 1 for TIFF that stores
 * YCbCr without JPEG, and within 2 for JPEG, also in TIFF. (With the JPEG decoders of JDK 17 to 25
 * whole JPEG files came out identical.) docs/NUMERICS.md lists the rare files of which this is not
 * true. Files that Pillow reads in spite of missing ends, wrong sizes or damaged descriptions are
 * read; those whose pixels are missing are refused. TIFF is turned upright, as Pillow does on
 * loading. Immutable and thread-safe.
 *
 * @param limits checked before pixels are decoded
 * @param orientation of JPEG, PNG and WebP files
 * @param transparency what shows where a picture is transparent
 * @param sixteenBit how samples of 16 bits become bytes
 */
public record ImageDecoder(
    ImageLimits limits,
    ExifOrientation orientation,
    Transparency transparency,
    SixteenBit sixteenBit) {
  /**
   * What the reference does, and the engine by default: alpha dropped, orientation ignored but for
   * TIFF.
   */
  public static final ImageDecoder DEFAULT =
      new ImageDecoder(
          ImageLimits.DEFAULT, ExifOrientation.IGNORE, Transparency.DROP, SixteenBit.REFERENCE);

  /**
   * Pictures as a viewer shows them: transparent ones over white. For everything else as the
   * reference; where that is wanted for transparency, too, say {@link Transparency#DROP}.
   */
  public ImageDecoder(ImageLimits limits, ExifOrientation orientation) {
    this(limits, orientation, Transparency.WHITE, SixteenBit.REFERENCE);
  }

  /**
   * Decodes one picture; of an animation the first frame, of a document the first page.
   *
   * @throws ImageException when the picture cannot be read, is damaged, exceeds the limits or does
   *     not fit the Java heap
   */
  public RgbImage decode(ImageInput input) {
    return decode(input, new DecodingRoom(Long.MAX_VALUE).hold());
  }

  /**
   * Decodes one picture once there is room for it. Afterwards {@code hold} has the bytes of its
   * pixels, until it is closed; a failure closes it.
   *
   * @param hold of nothing yet
   * @throws ImageException as above, and where decoding needs more than the whole room
   */
  public RgbImage decode(ImageInput input, DecodingRoom.Hold hold) {
    Objects.requireNonNull(input, "input");
    boolean decoded = false;
    try {
      RgbImage picture = layers(input, hold).finish(orientation, transparency);
      hold.keep(picture.rgb().length);
      decoded = true;
      return picture;
    } catch (OutOfMemoryError e) {
      throw new ImageException(
          input.name(),
          "does not fit the Java heap of " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB",
          "give a smaller picture, or a larger heap: -Xmx, FOVEA_JAVA_OPTS=-Xmx... on the command"
              + " line",
          e);
    } finally {
      if (!decoded) {
        hold.close();
      }
    }
  }

  private Layers layers(ImageInput input, DecodingRoom.Hold hold) {
    if (input instanceof EncodedInput encoded) {
      byte[] file = encoded.read(limits.maxBytes(), hold);
      return encoded(new Source(encoded.name(), file, this, hold));
    }
    Source nothing = new Source(input.name(), new byte[0], this, hold);
    if (input instanceof PictureInput memory) {
      ImageSize size = nothing.size(memory.picture().getWidth(), memory.picture().getHeight());
      nothing.claim(HeapNeed.of(size).withAlpha(memory.picture().getColorModel().hasAlpha()));
      return RgbPixels.of(memory.picture(), sixteenBit);
    }
    if (input instanceof DecodedInput decoded) {
      RgbImage picture = decoded.picture();
      nothing.size(picture.size().width(), picture.size().height());
      return new Layers(picture.size(), picture.rgb(), null, ExifTag.UPRIGHT, picture.notes());
    }
    PixelsInput pixels = (PixelsInput) input;
    nothing.claim(HeapNeed.of(nothing.size(pixels.size().width(), pixels.size().height())));
    return Layers.opaque(pixels.size(), pixels.packed().rgb());
  }

  private static Layers encoded(Source source) {
    ImageFormat format =
        Stream.of(ImageFormat.values())
            .filter(candidate -> candidate.matches(source.file()))
            .findFirst()
            .orElseThrow(() -> ForeignFormat.refusal(source));
    try {
      return switch (format) {
        case JPEG -> jpeg(source);
        case PNG -> png(source);
        case GIF -> GifFile.read(source);
        case BMP -> BmpFile.read(source);
        case WEBP -> WebpFile.read(source);
        case TIFF -> TiffFile.read(source);
      };
    } catch (IOException e) {
      throw undecodable(source, format, String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      if (source.hold().isEnd(e)) {
        throw e;
      }
      // numbers of a damaged file that do not fit one another
      throw undecodable(source, format, "what it says of its pixels does not fit together", e);
    }
  }

  private static ImageException undecodable(
      Source source, ImageFormat format, String reason, Exception e) {
    return new ImageException(
        source.name(),
        "cannot be decoded as " + format + " (" + reason + ")",
        "the file is damaged or unusual: save it again as PNG or JPEG",
        e);
  }

  private static Layers jpeg(Source source) throws IOException {
    JpegHeader header = JpegHeader.read(source.bytes());
    ImageSize size = source.size(header.width(), header.height());
    JpegScans.check(source, /* blocks= */ 1, size.pixels(), header.scans());
    boolean ends = header.hasEndMarker();
    source.claim(
        HeapNeed.of(size)
            .perPixel(header.components() == 3 ? 0 : header.components())
            .and(ends ? 0 : header.end()),
        header.orientation());
    byte[] file = ends ? source.file() : withEndMarker(source.file(), header.end());
    byte[] samples =
        FormatReader.readSamples(ImageFormat.JPEG, file, header.components(), /* whole= */ !ends);
    return Layers.opaque(size, JpegColors.toRgb(samples, header.color()))
        .withOrientation(header.orientation())
        .profiled(header.profile());
  }

  private static byte[] withEndMarker(byte[] file, int end) {
    return ByteBuffer.wrap(Arrays.copyOf(file, end + 2)).putShort(end, (short) 0xffd9).array();
  }

  private static Layers png(Source source) throws IOException {
    PngFile png = PngFile.read(source.bytes());
    source.claim(png.need(source.size(png.width(), png.height())), png.orientation());
    boolean clipsGrey = png.isGrey16() && source.sixteenBit() == SixteenBit.REFERENCE;
    return RgbPixels.ofOwn(FormatReader.read(ImageFormat.PNG, png.plain()), clipsGrey)
        .withOrientation(png.orientation())
        .firstOf(png.frames(), "frames")
        .profiled(png.profile());
  }
}
