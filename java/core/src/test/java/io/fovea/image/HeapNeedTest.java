package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a header says a picture needs is enough: each is decoded in a JVM whose heap has just so
 * much left. And for the usual kinds it is not much more than the pixels.
 */
class HeapNeedTest {
  private static final int WIDTH = 1500;
  private static final int HEIGHT = 1000;

  /** Keeps the rest of the heap away. */
  private static byte[] ballast = {};

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void decodingGetsByWithWhatItClaims(@TempDir Path folder) throws Exception {
    List<Path> files = LargePictures.write(folder, WIDTH, HEIGHT);
    for (String golden :
        List.of("webp-lossy.webp", "webp-lossless-alpha.webp", "webp-lossy-alpha-f1-c1.webp")) {
      files.add(Goldens.FOLDER.resolve(golden));
    }
    Path out = folder.resolve("out.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-Xmn1m", // large arrays lie in the old generation, and have the rest of it
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                HeapNeedTest.class.getName()));
    files.forEach(file -> command.add(file.toString()));
    Process child =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(child.waitFor(110, TimeUnit.SECONDS)).isTrue();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines)
        .as("%s", lines)
        .hasSize(files.size())
        .allMatch(line -> line.endsWith(" fits"));
  }

  @Test
  void usualPicturesNeedLittleMoreThanTheirPixels(@TempDir Path folder) throws IOException {
    LargePictures.write(folder, WIDTH, HEIGHT);
    for (String name : List.of("color2-8.png", "color0-8.png", "rgb.jpg", "grey.jpg", "rgb.bmp")) {
      Path file = folder.resolve(name);
      long overhead = 2 * Files.size(file) + (2 << 20); // the file, its copy, what is fixed
      assertThat(need(ImageInput.of(file), ImageDecoder.DEFAULT) - overhead)
          .as(name)
          .isLessThanOrEqualTo(4L * WIDTH * HEIGHT);
    }
  }

  @Test
  void turningTakesASecondArray() {
    ImageInput turned = ImageInput.of(Goldens.bytes("orientation-6.jpg"));
    ImageDecoder upright =
        new ImageDecoder(
            ImageLimits.DEFAULT, ExifOrientation.APPLY, Transparency.DROP, SixteenBit.REFERENCE);
    assertThat(need(turned, upright) - need(turned, ImageDecoder.DEFAULT)).isEqualTo(3 * 48 * 32);
  }

  private static long need(ImageInput input, ImageDecoder decoder) {
    DecodingRoom room = new DecodingRoom(Long.MAX_VALUE);
    decoder.decode(input, room.hold());
    return room.mostTaken();
  }

  /** Prints of each file whether it can be decoded where the heap has no more than it needs. */
  public static void main(String[] files) {
    for (String file : files) {
      ImageInput input = ImageInput.of(Path.of(file));
      long need = need(input, ImageDecoder.DEFAULT); // and loads all classes
      System.out.writeBytes(
          (file + " of " + need + outcome(input, need) + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String outcome(ImageInput input, long need) {
    System.gc();
    Runtime heap = Runtime.getRuntime();
    long left = heap.maxMemory() - heap.totalMemory() + heap.freeMemory();
    try {
      ballast = new byte[Math.toIntExact(Math.max(0, left - need))];
      return ImageDecoder.DEFAULT.decode(input).rgb().length > 0 ? " fits" : " is empty";
    } catch (ImageException e) {
      return " " + e.getMessage();
    } finally {
      ballast = new byte[0];
    }
  }
}
