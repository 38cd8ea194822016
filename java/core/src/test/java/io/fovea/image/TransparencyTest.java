package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TransparencyTest {
  static List<String> transparent() {
    return Goldens.transparent();
  }

  private static ImageDecoder over(Transparency transparency) {
    return new ImageDecoder(
        ImageLimits.DEFAULT, ExifOrientation.IGNORE, transparency, SixteenBit.REFERENCE);
  }

  /** Within 1: Pillow rounds twice. */
  @ParameterizedTest
  @MethodSource("transparent")
  void whiteAgreesWithPillow(String name) {
    RgbImage found = over(Transparency.WHITE).decode(ImageInput.of(Goldens.bytes(name)));
    RgbImage expected = Goldens.overWhite(name);
    assertThat(found.size()).isEqualTo(expected.size());
    assertThat(Goldens.largestDifference(found, expected)).isLessThanOrEqualTo(1);
    assertThat(found.notes()).noneMatch(PictureNoteTest::isTransparency);
  }

  /** The decoder that knows of no transparency shows what a viewer shows. */
  @ParameterizedTest
  @MethodSource("transparent")
  void twoArgumentsAreAViewer(String name) {
    ImageDecoder viewer = new ImageDecoder(ImageLimits.DEFAULT, ExifOrientation.IGNORE);
    assertThat(viewer).isEqualTo(over(Transparency.WHITE)).isNotEqualTo(ImageDecoder.DEFAULT);
    RgbImage dropped = ImageDecoder.DEFAULT.decode(ImageInput.of(Goldens.bytes(name)));
    assertThat(viewer.decode(ImageInput.of(Goldens.bytes(name))).rgb()).isNotEqualTo(dropped.rgb());
    assertThat(dropped.notes()).anyMatch(PictureNoteTest::isTransparency);
  }

  /** Pixels (100, 150, 200): opaque, clear, and 51 of 255, a fifth. */
  @Test
  void laysPixelsOverTheBackground() {
    BufferedImage picture = new BufferedImage(20, 9, BufferedImage.TYPE_INT_ARGB);
    int color = 100 << 16 | 150 << 8 | 200;
    for (int y = 0; y < 9; y++) {
      picture.setRGB(0, y, 0xff << 24 | color);
      for (int x = 1; x < 20; x++) {
        picture.setRGB(x, y, (x == 1 ? 51 : 0) << 24 | color);
      }
    }
    expect(picture, Transparency.DROP, 0, 100, 150, 200);
    expect(picture, Transparency.DROP, 1, 100, 150, 200);
    expect(picture, Transparency.DROP, 2, 100, 150, 200);
    expect(picture, Transparency.WHITE, 0, 100, 150, 200);
    expect(picture, Transparency.WHITE, 1, 224, 234, 244);
    expect(picture, Transparency.WHITE, 2, 255, 255, 255);
    expect(picture, Transparency.BLACK, 0, 100, 150, 200);
    expect(picture, Transparency.BLACK, 1, 20, 30, 40);
    expect(picture, Transparency.BLACK, 2, 0, 0, 0);
    expect(picture, Transparency.CHECKER, 7, 255, 255, 255);
    expect(picture, Transparency.CHECKER, 8, 204, 204, 204);
    expect(picture, Transparency.CHECKER, 16, 255, 255, 255);
    expect(picture, Transparency.CHECKER, 20 * 8 + 7, 204, 204, 204);
  }

  private static void expect(BufferedImage picture, Transparency way, int pixel, int... rgb) {
    byte[] found = over(way).decode(ImageInput.of(picture)).rgb();
    int[] colors = new int[3];
    Arrays.setAll(colors, c -> found[3 * pixel + c] & 0xff);
    assertThat(colors).as("%s, pixel %d", way, pixel).containsExactly(rgb);
  }

  @ParameterizedTest
  @EnumSource(Transparency.class)
  void opaquePicturesAreTheSameInEveryWay(Transparency way) {
    ImageInput input = ImageInput.of(Goldens.bytes("jpeg-420.jpg"));
    assertThat(over(way).decode(input).rgb()).isEqualTo(ImageDecoder.DEFAULT.decode(input).rgb());
  }
}
