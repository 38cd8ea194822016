package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ImageException;
import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final ImageDecoder UPRIGHT =
      new ImageDecoder(
          ImageLimits.DEFAULT, ExifOrientation.APPLY, Transparency.DROP, SixteenBit.REFERENCE);

  static List<String> pictures() {
    return Goldens.names("");
  }

  /** Pillow turns TIFF itself, and that is right for it: {@link TiffTest}. */
  static List<String> orientations() {
    return Goldens.names("orientation").stream().filter(name -> !name.endsWith(".tif")).toList();
  }

  /**
   * Bit for bit where the arithmetic is fixed, lossy WebP included; JPEG within 2, since an inverse
   * DCT may round as it likes.
   */
  @ParameterizedTest
  @MethodSource("pictures")
  void agreesWithPillow(String name) {
    boolean turned = name.startsWith("orientation");
    RgbImage found =
        (turned ? UPRIGHT : ImageDecoder.DEFAULT)
            .decode(ImageInput.of(Goldens.FOLDER.resolve(name)));
    RgbImage expected = Goldens.expected(name);
    int tolerance = name.endsWith(".jpg") || name.endsWith("-jpeg.tif") ? 2 : 0;
    assertThat(found.size()).isEqualTo(expected.size());
    assertThat(Goldens.largestDifference(found, expected)).isLessThanOrEqualTo(tolerance);
  }

  /** Without being asked to, no picture is turned: orientations 5 to 8 would swap the sides. */
  @ParameterizedTest
  @MethodSource("orientations")
  void ignoresOrientationByDefault(String name) {
    ImageSize stored = name.endsWith(".jpg") ? new ImageSize(48, 32) : new ImageSize(19, 13);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(Goldens.bytes(name))).size())
        .isEqualTo(stored);
  }

  @Test
  void damagedExifIsIgnored() {
    byte[] file = Goldens.bytes("orientation-6.png");
    RgbImage stored = ImageDecoder.DEFAULT.decode(ImageInput.of(file));
    int exif = new String(file, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("eXIf") + 4;
    for (int at = exif; at < exif + 18; at++) {
      byte[] damaged = file.clone();
      damaged[at] = (byte) 0xee;
      assertThat(UPRIGHT.decode(ImageInput.of(damaged)).rgb()).hasSameSizeAs(stored.rgb());
    }
    file[exif + 7] = (byte) 0xff; // directory far outside
    assertThat(UPRIGHT.decode(ImageInput.of(file)).rgb()).isEqualTo(stored.rgb());
  }

  @Test
  void sourcesAgree() throws IOException {
    byte[] file = Goldens.bytes("jpeg-420.jpg");
    byte[] expected = ImageDecoder.DEFAULT.decode(ImageInput.of(file)).rgb();
    ByteArrayInputStream stream = new ByteArrayInputStream(file);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(stream)).rgb()).isEqualTo(expected);
    RgbImage image = ImageDecoder.DEFAULT.decode(ImageInput.of(file));
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(image.toBufferedImage())).rgb())
        .isEqualTo(expected);
  }

  /** Every kind of BufferedImage that holds 8 bits a sample gives back what was put in. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_INT_ARGB_PRE,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR,
        BufferedImage.TYPE_4BYTE_ABGR_PRE,
      })
  void readsPicturesInMemory(int type) {
    RgbImage expected = Goldens.expected("jpeg-444.jpg");
    BufferedImage picture = new BufferedImage(60, 50, type);
    picture.createGraphics().drawImage(expected.toBufferedImage(), 3, 4, null);
    BufferedImage part =
        picture.getSubimage(3, 4, expected.size().width(), expected.size().height());
    RgbImage found = ImageDecoder.DEFAULT.decode(ImageInput.of(part));
    assertThat(found.size()).isEqualTo(expected.size());
    assertThat(found.rgb()).isEqualTo(expected.rgb());
  }

  @Test
  void readsGreyAndPalettePicturesRaw() {
    BufferedImage grey = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
    BufferedImage wide = new BufferedImage(256, 1, BufferedImage.TYPE_USHORT_GRAY);
    byte[] ramp = new byte[256];
    for (int v = 0; v < 256; v++) {
      ramp[v] = (byte) v;
      grey.getRaster().setSample(v, 0, 0, v);
      wide.getRaster().setSample(v, 0, 0, v * 2);
    }
    IndexColorModel palette = new IndexColorModel(8, 256, ramp, ramp, ramp);
    BufferedImage indexed = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
    indexed.setData(grey.getRaster());
    byte[] greyRgb = ImageDecoder.DEFAULT.decode(ImageInput.of(grey)).rgb();
    byte[] wideRgb = ImageDecoder.DEFAULT.decode(ImageInput.of(wide)).rgb();
    byte[] indexedRgb = ImageDecoder.DEFAULT.decode(ImageInput.of(indexed)).rgb();
    for (int i = 0; i < greyRgb.length; i++) {
      assertThat(greyRgb[i] & 0xff).isEqualTo(i / 3);
      assertThat(wideRgb[i] & 0xff).isEqualTo(Math.min(255, i / 3 * 2));
      assertThat(indexedRgb[i] & 0xff).isEqualTo(i / 3);
    }
  }

  @Test
  void readsRgbBuffersWithGaps() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 + 8 + 6);
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, (byte) i);
    }
    buffer.position(1);
    RgbImage image = ImageDecoder.DEFAULT.decode(ImageInput.rgb(buffer, 2, 2, 8));
    assertThat(image.rgb()).containsExactly(1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14);
    assertThat(buffer.position()).isEqualTo(1);
    int[][] bad = {{2, 2, 9}, {3, 2, 8}, {0, 2, 8}, {2, 0, 8}, {2, 3, 8}};
    for (int[] numbers : bad) {
      assertThatThrownBy(() -> ImageInput.rgb(buffer, numbers[0], numbers[1], numbers[2]))
          .as(Arrays.toString(numbers))
          .isInstanceOf(InvalidRequestException.class);
    }
    assertThatThrownBy(
            () -> ImageInput.rgb(buffer, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void namesTheFileAndTheRemedy(@TempDir Path folder) throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.png"));
    Path text = Files.writeString(folder.resolve("text.jpg"), "<html>not a picture</html>");
    refuses(folder.resolve("missing.png"), "missing.png", "no such file", "check the path");
    refuses(empty, "empty.png", "is empty");
    refuses(text, "text.jpg", "is a web page (HTML)", "JPEG, PNG, GIF, BMP, WebP or TIFF");
    refuses(folder, folder.toString(), "is a directory", "name a picture file in it");
  }

  private static void refuses(Path file, String... parts) {
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(ImageInput.of(file)))
        .isInstanceOf(ImageException.class)
        .hasMessageContainingAll(parts);
  }

  /**
   * A file whose pixels are cut is refused as a whole; no half-grey pictures. The last bytes of
   * each hold checksums and end marks, without which a picture is whole all the same.
   */
  @ParameterizedTest
  @CsvSource({
    "png-color2-depth8-interlace0.png, 26",
    "png-color3-depth4-interlace1.png, 26",
    "jpeg-420.jpg, 6",
    "jpeg-cmyk.jpg, 6",
    "jpeg-progressive-422.jpg, 1",
    "webp-lossless.webp, 2",
    "webp-lossy-q75.webp, 2",
    "bmp-24-gap.bmp, 3",
    "bmp-rle8.bmp, 3",
    "tiff-rgb-tiff_lzw.tif, 1"
  })
  void refusesTruncatedFiles(String name, int ending) {
    byte[] file = Goldens.bytes(name);
    for (int length = 0; length < file.length - ending; length += 1 + length / 40) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(ImageInput.of(cut)))
          .as("%s cut to %d bytes", name, length)
          .isInstanceOf(ImageException.class);
    }
  }

  /** Pillow refuses a scan that ends with the file; its last block is whole all the same. */
  @ParameterizedTest
  @ValueSource(strings = {"jpeg-420.jpg", "jpeg-444.jpg", "jpeg-restart.jpg", "jpeg-cmyk.jpg"})
  void readsJpegWithoutEndMarker(String name) {
    byte[] file = Goldens.bytes(name);
    byte[] expected = ImageDecoder.DEFAULT.decode(ImageInput.of(file)).rgb();
    byte[] open = Arrays.copyOf(file, file.length - 2);
    byte[] followed = Arrays.copyOf(file, 2 * file.length - 2); // by another picture
    System.arraycopy(file, 0, followed, open.length, file.length);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(open)).rgb()).isEqualTo(expected);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(followed)).rgb()).isEqualTo(expected);
  }

  /** A header of 100,000 x 100,000 pixels would need 30 GB. */
  @Test
  void refusesBombsByTheirHeader() {
    byte[] png = Goldens.bytes("png-color2-depth8-interlace0.png");
    ByteBuffer.wrap(png).putInt(16, 100_000).putInt(20, 100_000);
    byte[] huge = Goldens.bytes("png-color2-depth8-interlace0.png");
    ByteBuffer.wrap(huge).putInt(16, -1).putInt(20, -1);
    byte[] jpeg = Goldens.bytes("jpeg-444.jpg");
    int frame =
        new String(jpeg, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c0");
    ByteBuffer.wrap(jpeg).putInt(frame + 5, -1);
    byte[] gif = Goldens.bytes("gif-palette.gif");
    ByteBuffer.wrap(gif).putInt(6, -1);
    for (byte[] bomb : List.of(png, huge, jpeg, gif)) {
      assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(ImageInput.of(bomb)))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("more than the limit")
          .hasMessageContaining("ImageLimits.maxPixels")
          .hasMessageContaining("--max-pixels");
    }
  }

  /** A tile of 16 x 4,194,320 pixels in a picture of 23 x 17. */
  @Test
  void refusesBombsByTheirTiles() {
    byte[] tiff = Goldens.bytes("tiff-rgb-little-tiles.tif");
    ByteBuffer file = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int entry = file.getInt(4) + 2;
    while (file.getShort(entry) != 323) {
      entry += 12;
    }
    file.putInt(entry + 8, 4_194_320);
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(ImageInput.of(tiff)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("16x4194320");
  }

  @Test
  void limitsAreInclusive() {
    byte[] file = Goldens.bytes("png-color2-depth8-interlace0.png"); // 19 x 13 = 247 pixels
    assertThat(withLimits(247, file.length).decode(ImageInput.of(file)).size().pixels())
        .isEqualTo(247);
    assertThatThrownBy(() -> withLimits(246, file.length).decode(ImageInput.of(file)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("19x13");
    for (ImageInput input :
        List.of(ImageInput.of(file), ImageInput.of(new ByteArrayInputStream(file)))) {
      assertThatThrownBy(() -> withLimits(247, file.length - 1).decode(input))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("maxBytes");
    }
    BufferedImage picture = new BufferedImage(19, 13, BufferedImage.TYPE_INT_RGB);
    assertThatThrownBy(() -> withLimits(246, 1).decode(ImageInput.of(picture)))
        .isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> new ImageLimits(ImageLimits.MOST_PIXELS + 1, 1))
        .isInstanceOf(InvalidRequestException.class);
  }

  private static ImageDecoder withLimits(long pixels, long bytes) {
    return new ImageDecoder(new ImageLimits(pixels, bytes), ExifOrientation.IGNORE);
  }

  /** A message is one printable line, with a reason, and without a decoder's insides. */
  private static void isPlain(String message) {
    assertThat(message)
        .hasSizeLessThan(400)
        .doesNotContain("(null)", "()", "Exception", "index=", "!)");
    assertThat(message.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
  }

  /** Damaged files give a picture or an ImageException, whatever is damaged. */
  @Test
  void survivesDamage() {
    long seed = 31;
    Random random = new Random(seed);
    List<String> names = pictures();
    ImageDecoder decoder =
        new ImageDecoder(new ImageLimits(1_000_000, 1 << 20), ExifOrientation.APPLY);
    int refused = 0;
    for (int i = 0; i < 3_000; i++) {
      String name = names.get(random.nextInt(names.size()));
      byte[] file = Goldens.bytes(name);
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        int near = random.nextBoolean() ? Math.min(64, file.length) : file.length;
        file[random.nextInt(near)] = (byte) random.nextInt(256);
      }
      try {
        RgbImage image = decoder.decode(ImageInput.of(file));
        assertThat((long) image.rgb().length).isEqualTo(3 * image.size().pixels());
      } catch (ImageException e) {
        refused++;
        assertThat(e.getMessage())
            .as("seed %d, case %d", seed, i)
            .satisfies(ImageDecoderTest::isPlain);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ", case " + i + ", " + name, e);
      }
    }
    assertThat(refused).isBetween(300, 2_900);
  }
}
