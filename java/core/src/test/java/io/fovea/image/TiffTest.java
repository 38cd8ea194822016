package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What tags of a TIFF file say of its samples. */
class TiffTest {
  private static final short INK_SET = 332;
  private static final short EXTRA_SAMPLES = 338;

  private static final ImageDecoder UPRIGHT =
      new ImageDecoder(
          ImageLimits.DEFAULT, ExifOrientation.APPLY, Transparency.DROP, SixteenBit.REFERENCE);

  static List<String> turned() {
    return Stream.of("orientation-", "tiff-turned-")
        .flatMap(prefix -> Goldens.names(prefix).stream())
        .filter(name -> name.endsWith(".tif"))
        .toList();
  }

  /** Once, whatever the option for EXIF says, as Pillow does on loading. */
  @ParameterizedTest
  @MethodSource("turned")
  void picturesAreTurnedOnce(String name) {
    for (ImageDecoder decoder : List.of(ImageDecoder.DEFAULT, UPRIGHT)) {
      RgbImage found = decoder.decode(ImageInput.of(Goldens.bytes(name)));
      RgbImage expected = Goldens.expected(name);
      assertThat(found.size()).isEqualTo(expected.size());
      assertThat(found.rgb()).isEqualTo(expected.rgb());
      assertThat(found.notes())
          .noneMatch(note -> note.kind() == PictureNote.Kind.ORIENTATION_IGNORED);
    }
  }

  /** A golden file in the little byte order, one tag's number or value changed. */
  private static byte[] changed(String name, int tag, int otherTag, int value) {
    byte[] tiff = Goldens.bytes(name);
    ByteBuffer file = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int entry = file.getInt(4) + 2;
    while (file.getShort(entry) != (short) tag) {
      entry += 12;
    }
    file.putShort(entry, (short) otherTag).putInt(entry + 8, value);
    return tiff;
  }

  private static void refuses(byte[] tiff, String reason) {
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(ImageInput.of(tiff)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(reason);
  }

  /** Pillow knows no picture whose fourth ink is alpha. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void threeInksAndAnotherSampleAreRefused(int extraSample) {
    refuses(
        changed("tiff-cmyk16-little.tif", INK_SET, EXTRA_SAMPLES, extraSample),
        "its inks are not cyan, magenta, yellow and black alone");
  }

  /** Pillow reads a sample beside the inks only where nobody says what it is. */
  @Test
  void inksWithAlphaAreRefused() {
    refuses(
        changed("tiff-cmyk-unused-sample.tif", EXTRA_SAMPLES, EXTRA_SAMPLES, 1),
        "its inks are not cyan, magenta, yellow and black alone");
  }

  @ParameterizedTest
  @CsvSource({
    "tiff-rgb-raw.tif, 259, 34925, compressed by LZMA",
    "tiff-rgb-raw.tif, 259, 50000, compressed by Zstandard",
    "tiff-rgb-raw.tif, 259, 4711, 'compressed by an unknown method, number 4711'",
    "tiff-rgb-differences.tif, 317, 3, differences of floating-point numbers",
    "tiff-palette8-little-strips.tif, 277, 2, alpha or other samples beside its palette",
    "tiff-rgb-raw.tif, 262, 8, L*a*b*",
  })
  void whatIsNotReadIsNamed(String name, int tag, int value, String reason) {
    refuses(changed(name, tag, tag, value), reason);
  }

  /** The note names the bits that the file has, and counts levels from 256 of them on. */
  @Test
  void greyOfTwelveBitsIsCutOffAtItsOwn255() {
    RgbImage image = ImageDecoder.DEFAULT.decode(ImageInput.of(Goldens.bytes("tiff-grey12.tif")));
    assertThat(image.notes()).hasSize(1);
    assertThat(image.notes().get(0).kind()).isEqualTo(PictureNote.Kind.SIXTEEN_BITS_CLIPPED);
    long white = 0;
    for (int at = 0; at < image.rgb().length; at += 3) {
      white += image.rgb()[at] == -1 ? 1 : 0;
    }
    long percent = 100 * (white - 1) / image.size().pixels(); // one pixel is 255 by itself
    assertThat(image.notes().get(0).text())
        .contains("its 12-bit grey", percent + " % of its pixels");
  }
}
