package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class SceneTest {
  @Test
  void showsEachShapeOnce() throws IOException {
    for (int count = 1; count <= 12; count++) {
      Scene scene = Scene.draw(count, 40 + count);
      assertThat(scene.shapes()).hasSize(count).doesNotHaveDuplicates();
      BufferedImage picture =
          Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(scene.png())));
      for (String shape : scene.shapes()) {
        if (shape.startsWith("red")) {
          assertThat(pixels(picture, 0xdc143c)).as(shape).isGreaterThan(200);
        }
      }
      boolean red = scene.shapes().stream().anyMatch(shape -> shape.startsWith("red"));
      assertThat(pixels(picture, 0xdc143c) > 0).isEqualTo(red);
    }
  }

  private static int pixels(BufferedImage picture, int rgb) {
    int count = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        count += (picture.getRGB(x, y) & 0xffffff) == rgb ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void sameSeedSameScene() {
    assertThat(Scene.draw(5, 9).png()).isEqualTo(Scene.draw(5, 9).png());
    assertThat(Scene.draw(5, 10).png()).isNotEqualTo(Scene.draw(5, 9).png());
  }
}
