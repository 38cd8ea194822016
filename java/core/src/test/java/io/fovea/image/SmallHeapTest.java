package io.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ImageException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What does not fit the heap is refused by name, wherever memory ends; in a JVM of 48 MiB. */
class SmallHeapTest {
  private static final byte[] EXIF_ORIENTATION_6 = {
    (byte) 0xff,
    (byte) 0xe1,
    0,
    34,
    'E',
    'x',
    'i',
    'f',
    0,
    0,
    'I',
    'I',
    '*',
    0,
    8,
    0,
    0,
    0,
    1,
    0,
    0x12,
    1,
    3,
    0,
    1,
    0,
    0,
    0,
    6,
    0,
    0,
    0,
    0,
    0,
    0,
    0
  };

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void memoryEndsWithTheRemedy(@TempDir Path folder) throws IOException, InterruptedException {
    Path file = folder.resolve("large.png");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }
    Path turned = Files.write(folder.resolve("turned.jpg"), turnedJpeg(3600, 2500));
    Path out = folder.resolve("out.txt");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeapTest.class.getName(),
                file.toString(),
                turned.toString())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertThat(child.waitFor(100, TimeUnit.SECONDS)).isTrue();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines).as("%s", lines).hasSize(4);
    assertThat(lines.subList(0, 3))
        .allMatch(line -> line.contains("does not fit the Java heap of ") && line.contains("-Xmx"));
    assertThat(lines.get(3)).isEqualTo("3600x2500");
  }

  /** 27 MB of pixels, whose turned copy has no room beside them. */
  private static byte[] turnedJpeg(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR), "jpeg", out);
    byte[] plain = out.toByteArray();
    ByteArrayOutputStream noted = new ByteArrayOutputStream();
    noted.write(plain, 0, 2);
    noted.write(EXIF_ORIENTATION_6);
    noted.write(plain, 2, plain.length - 2);
    return noted.toByteArray();
  }

  private static final class Endless extends InputStream {
    @Override
    public int read() {
      return 1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return length;
    }
  }

  /**
   * Prints what becomes of a large file, an endless stream, and a picture turned and not turned.
   */
  public static void main(String[] files) {
    Path turned = Path.of(files[1]);
    decode(ImageInput.of(Path.of(files[0])), ExifOrientation.IGNORE);
    decode(ImageInput.of(new Endless()), ExifOrientation.IGNORE);
    decode(ImageInput.of(turned), ExifOrientation.APPLY);
    decode(ImageInput.of(turned), ExifOrientation.IGNORE);
  }

  private static void decode(ImageInput input, ExifOrientation orientation) {
    ImageLimits limits = new ImageLimits(ImageLimits.MOST_PIXELS, Integer.MAX_VALUE);
    String result;
    try {
      result = new ImageDecoder(limits, orientation).decode(input).size().toString();
    } catch (ImageException e) {
      result = e.getMessage();
    } catch (Throwable e) {
      result = "untyped " + e;
    }
    System.out.writeBytes((result + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
