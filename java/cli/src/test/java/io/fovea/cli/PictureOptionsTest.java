package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The options of every command that reads a picture, and what is said where one loses something.
 */
class PictureOptionsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path cutOut;

  /** A quarter opaque red, the rest clear with black stored under it. */
  @BeforeEach
  void drawACutOut() throws IOException {
    BufferedImage picture = new BufferedImage(80, 40, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 40; x++) {
        picture.setRGB(x, y, 0xffcc0000);
      }
    }
    cutOut = folder.resolve("cut-out.png");
    ImageIO.write(picture, "png", cutOut.toFile());
  }

  private Invocation locate(Object... more) {
    Object[] command = {"locate", "--max-boxes", 1, "--json", "--image", cutOut, "the square"};
    return Invocation.of(Stream.of(command, more).flatMap(Arrays::stream).toArray());
  }

  @Test
  void droppedTransparencyIsNoted() {
    Invocation run = locate();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.err())
        .hasLineCount(1)
        .startsWith("fovea: " + cutOut + ": ")
        .contains("75 % of its pixels are transparent", "--transparency white");
    assertThat(run.json().at("/image/notes")).hasSize(1);
    assertThat(run.json().at("/image/notes/0/kind").asText()).isEqualTo("transparency_dropped");
  }

  @Test
  void theBackgroundIsSeenAndDrawn() throws IOException {
    Path png = folder.resolve("boxes.png");
    Invocation run = locate("--transparency", "white", "--out", png);
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.err()).isEmpty();
    assertThat(run.json().at("/image/notes").isMissingNode()).isTrue();
    BufferedImage drawn = ImageIO.read(png.toFile());
    assertThat(drawn.getRGB(79, 39) & 0xffffff).isEqualTo(0xffffff);
    assertThat(locate("--transparency", "checker", "--out", png).code()).isEqualTo(ExitCode.OK);
    assertThat(ImageIO.read(png.toFile()).getRGB(79, 39) & 0xffffff).isEqualTo(0xcccccc);
  }

  /** A pipe gives its bytes once: the boxes are drawn on what the model saw. */
  @ParameterizedTest
  @ValueSource(strings = {"locate", "caption"})
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPictureFromAPipeIsReadOnce(String command) throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    Path png = folder.resolve("boxes.png");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Thread writer = new Thread(() -> copyTo(pipe));
    writer.setDaemon(true);
    writer.start();
    Object[] words = {
      command, "--image", pipe, "--out", png, "--transparency", "white", "the square"
    };
    Invocation run =
        Invocation.of(command.equals("locate") ? words : Arrays.copyOf(words, words.length - 1));
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    BufferedImage drawn = ImageIO.read(png.toFile());
    assertThat(drawn.getWidth()).isEqualTo(80);
    assertThat(drawn.getRGB(79, 39) & 0xffffff).isEqualTo(0xffffff);
  }

  private void copyTo(Path pipe) {
    try {
      Files.write(pipe, Files.readAllBytes(cutOut));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void thePixelLimitIsAnOption() {
    Invocation refused = locate("--max-pixels", 3199);
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err())
        .hasLineCount(1)
        .contains("80x40", "limit of 3199", "--max-pixels", "ImageLimits.maxPixels");
    assertThat(locate("--max-pixels", 3200).code()).isEqualTo(ExitCode.OK);
    assertThat(locate("--max-pixels", 0).err()).hasLineCount(1).contains("--max-pixels is 0");
  }

  @Test
  void aTraceNotesItToo() {
    Object[] trace = {
      "trace", "--image", cutOut, "--prompt", "Hello", "--out", folder.resolve("t.safetensors")
    };
    Invocation run = Invocation.of(trace);
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.err()).hasLineCount(1).contains("--transparency white");
  }

  @Test
  void whatIsNoPictureIsNamedWithTheWayOut() throws IOException {
    byte[] heic = "\0\0\0\u001cftypheic\0\0\0\0heic".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(cutOut, heic);
    Invocation run = locate();
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err())
        .hasLineCount(1)
        .contains(cutOut.toString(), "a HEIC picture", "heif-convert IN OUT.png");
  }

  @Test
  void unknownWaysAreRefused() {
    assertThat(locate("--transparency", "pink").code()).isEqualTo(ExitCode.USAGE);
    assertThat(locate("--sixteen-bit", "half").code()).isEqualTo(ExitCode.USAGE);
  }
}
