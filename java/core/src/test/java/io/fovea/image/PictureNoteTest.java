package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A picture that loses something says so, and no other does. */
class PictureNoteTest {
  private static final ImageDecoder ALL_KEPT =
      new ImageDecoder(
          ImageLimits.DEFAULT, ExifOrientation.APPLY, Transparency.WHITE, SixteenBit.SCALE);

  static boolean isTransparency(PictureNote note) {
    return note.kind() == PictureNote.Kind.TRANSPARENCY_DROPPED;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "png-palette-transparent.png|TRANSPARENCY_DROPPED|--transparency white",
        "webp-lossy-alpha-f1-c1.webp|TRANSPARENCY_DROPPED|Transparency.WHITE",
        "bmp-masks-bgra.bmp|TRANSPARENCY_DROPPED|100 % of its pixels",
        "png-color0-depth16-interlace0.png|SIXTEEN_BITS_CLIPPED|--sixteen-bit scale",
        "tiff-grey16-raw.tif|SIXTEEN_BITS_CLIPPED|SixteenBit.SCALE",
        "orientation-6.jpg|ORIENTATION_IGNORED|orientation 6 was ignored",
        "orientation-8.webp|ORIENTATION_IGNORED|--apply-exif",
        "orientation-3.png|ORIENTATION_IGNORED|ExifOrientation.APPLY",
        "gif-animated.gif|FIRST_OF_SEVERAL|the first of its 3 frames",
        "png-animated.png|FIRST_OF_SEVERAL|the first of its 3 frames",
        "webp-animated-lossy.webp|FIRST_OF_SEVERAL|the first of its 3 frames",
        "tiff-pages.tif|FIRST_OF_SEVERAL|the first of its 3 pages",
        "tiff-profile.tif|PROFILE_IGNORED|colour profile \"",
        "png-profile.png|PROFILE_IGNORED|colour profile \"foreign\"",
      })
  void saysWhatIsLost(String name, PictureNote.Kind kind, String text) {
    RgbImage image = ImageDecoder.DEFAULT.decode(ImageInput.of(Goldens.bytes(name)));
    assertThat(image.notes())
        .as("%s: %s", name, image.notes())
        .anySatisfy(
            note -> {
              assertThat(note.kind()).isEqualTo(kind);
              assertThat(note.text()).contains(text);
            });
  }

  /** Pages that follow one another in a circle; the JDK's reader would count them for ever. */
  @Test
  void countsPagesInACircle() {
    byte[] tiff = Goldens.bytes("tiff-rgb-little-strips.tif");
    ByteBuffer file = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int directory = file.getInt(4);
    file.putInt(directory + 2 + 12 * file.getShort(directory), directory);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(tiff)).notes()).isEmpty();
  }

  /** Profiles are known by their description: sRGB's is no loss. */
  @ParameterizedTest
  @ValueSource(strings = {"jpeg-profile.jpg", "webp-lossy-profile.webp"})
  void namesForeignProfiles(String name) {
    byte[] file = Goldens.bytes(name);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(file)).notes()).isEmpty();
    String text = new String(file, StandardCharsets.ISO_8859_1);
    String other = text.replace("s\0R\0G\0B", "w\0R\0G\0B").replace("sRGB", "wRGB");
    byte[] foreign = other.getBytes(StandardCharsets.ISO_8859_1);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(foreign)).notes())
        .hasSize(1)
        .allMatch(note -> note.kind() == PictureNote.Kind.PROFILE_IGNORED)
        .allMatch(note -> note.text().contains("colour profile \"wRGB"));
  }

  /** A profile may call itself anything: what a terminal obeys, a forged line, a novel. */
  @ParameterizedTest
  @MethodSource("namesOfProfiles")
  void namesOfProfilesAreFitForATerminal(String name, String shown) {
    byte[] file = Goldens.bytes("png-profile.png");
    ByteArrayOutputStream named = new ByteArrayOutputStream();
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf("iCCP") - 4;
    file[at + 5] = 'X'; // the profile that is there
    named.write(file, 0, at);
    byte[] content = (name + "\0\0").getBytes(StandardCharsets.ISO_8859_1);
    named.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
    named.writeBytes("iCCP".getBytes(StandardCharsets.ISO_8859_1));
    named.writeBytes(content);
    named.writeBytes(new byte[4]); // checksum
    named.write(file, at, file.length - at);
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(named.toByteArray())).notes())
        .anySatisfy(note -> assertThat(note.text()).contains("profile \"" + shown + "\" was"))
        .allSatisfy(note -> assertThat(note.text()).hasSizeLessThan(250))
        .allSatisfy(
            note ->
                assertThat(note.text().chars()).allMatch(c -> c >= ' ' && c < 0x7f || c > 0xa0));
  }

  static List<Arguments> namesOfProfiles() {
    return List.of(
        Arguments.of("\u001b[2J\u001b]0;title\u0007mine", "[2J]0;titlemine"),
        Arguments.of("a\nfovea: all is well\r", "afovea: all is well"),
        Arguments.of("\u009b31mred\u00ad\u007f", "31mred"),
        Arguments.of("\u00e9cran", "\u00e9cran"),
        Arguments.of("\u001b\u0007", "unknown"),
        Arguments.of("A".repeat(100_000), "A".repeat(80)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "png-color2-depth8-interlace0.png",
        "png-color2-depth16-interlace0.png",
        "png-color3-depth8-interlace0.png",
        "orientation-1.png",
        "orientation-6.tif",
        "tiff-turned-xmp.tif",
        "jpeg-420.jpg",
        "webp-lossy.webp",
        "webp-lossless.webp",
        "gif-palette.gif",
        "bmp-rgb.bmp",
        "tiff-rgb-raw.tif"
      })
  void isSilentWhereNothingIsLost(String name) {
    assertThat(ImageDecoder.DEFAULT.decode(ImageInput.of(Goldens.bytes(name))).notes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "png-palette-transparent.png",
        "png-color0-depth16-interlace0.png",
        "orientation-6.jpg",
        "orientation-8-lossy.webp",
        "tiff-grey16-raw.tif"
      })
  void isSilentWhereTheOptionsKeepIt(String name) {
    assertThat(ALL_KEPT.decode(ImageInput.of(Goldens.bytes(name))).notes()).isEmpty();
  }

  /** 65535 becomes 255, 257 becomes 1. */
  @Test
  void scalesSixteenBits() {
    BufferedImage grey = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
    int[] levels = {65535, 257, 32768};
    for (int x = 0; x < levels.length; x++) {
      grey.getRaster().setSample(x, 0, 0, levels[x]);
    }
    byte[] scaled = ALL_KEPT.decode(ImageInput.of(grey)).rgb();
    assertThat(scaled).containsExactly(-1, -1, -1, 1, 1, 1, -128, -128, -128);
    RgbImage clipped = ImageDecoder.DEFAULT.decode(ImageInput.of(grey));
    assertThat(clipped.rgb()).containsOnly(255);
    assertThat(clipped.notes()).hasSize(1);
  }

  @Test
  void keepsNotesOfTurnedPictures() {
    RgbImage turned =
        new ImageDecoder(
                ImageLimits.DEFAULT, ExifOrientation.APPLY, Transparency.DROP, SixteenBit.REFERENCE)
            .decode(ImageInput.of(Goldens.bytes("orientation-6-lossy.webp")));
    assertThat(turned.notes()).hasSize(1).allMatch(PictureNoteTest::isTransparency);
  }
}
