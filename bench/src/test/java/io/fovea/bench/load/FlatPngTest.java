package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlatPngTest {
  /** Every pixel as the JDK's reader sees it: the last rectangle over it, or the ground. */
  @Test
  void isWhatTheRectanglesSay(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("flat.png");
    for (long seed = 1; seed <= 3; seed++) {
      FlatPng png = new FlatPng(301, 203, seed);
      png.write(file);
      BufferedImage picture = Objects.requireNonNull(ImageIO.read(file.toFile()));
      assertThat(picture.getWidth()).isEqualTo(301);
      assertThat(picture.getHeight()).isEqualTo(203);
      Set<Integer> colors = new HashSet<>();
      for (int y = 0; y < 203; y++) {
        for (int x = 0; x < 301; x++) {
          int rgb = picture.getRGB(x, y) & 0xffffff;
          colors.add(rgb);
          assertThat(rgb).as("seed %d, %d,%d", seed, x, y).isEqualTo(expected(png, x, y));
        }
      }
      assertThat(colors).hasSizeGreaterThan(2);
    }
  }

  private static int expected(FlatPng png, int x, int y) {
    int rgb = png.ground();
    for (FlatPng.Rectangle r : png.rectangles()) {
      if (x >= r.left() && x < r.right() && y >= r.top() && y < r.bottom()) {
        rgb = r.rgb();
      }
    }
    return rgb;
  }

  @Test
  void manyPixelsInFewBytes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("large.png");
    new FlatPng(4000, 2500, 1).write(file); // 10 Mpx
    assertThat(Files.size(file)).isLessThan(60_000);
    BufferedImage picture = Objects.requireNonNull(ImageIO.read(file.toFile()));
    assertThat(picture.getWidth() * picture.getHeight()).isEqualTo(10_000_000);
  }

  @Test
  void sameSeedSamePicture(@TempDir Path folder) throws IOException {
    Path one = folder.resolve("one.png");
    Path two = folder.resolve("two.png");
    new FlatPng(100, 100, 5).write(one);
    new FlatPng(100, 100, 5).write(two);
    assertThat(two).hasSameBinaryContentAs(one);
    new FlatPng(100, 100, 6).write(two);
    assertThat(Files.mismatch(one, two)).isNotNegative();
  }
}
