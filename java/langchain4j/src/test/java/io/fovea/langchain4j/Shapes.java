package io.fovea.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ImageContent;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.VisionEngine;
import io.fovea.grounding.PixelBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;

/** The bundled model and its demo picture. */
final class Shapes {
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools/models/cogvlm-shapes");

  /** Some of demo/truth.json: pixels of the picture. */
  static final Map<String, PixelBox> TRUTH =
      Map.of(
          "the green square", new PixelBox(26, 31, 79, 82),
          "the yellow diamond", new PixelBox(74, 224, 124, 278),
          "the blue star", new PixelBox(221, 154, 269, 201));

  private Shapes() {}

  static FoveaEngine engine() {
    return FoveaEngine.builder().model(MODEL).threads(1).build();
  }

  static byte[] scene() {
    try {
      return Files.readAllBytes(MODEL.resolve("demo/scene.png"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ImageContent picture() {
    return ImageContent.from(Base64.getEncoder().encodeToString(scene()), "image/png");
  }

  /** Waits for the engine's figures, which are as of its last step. */
  static void assertNoPictureIsOpen(VisionEngine engine) throws InterruptedException {
    for (int i = 0; i < 1000 && engine.stats().openImages() > 0; i++) {
      Thread.sleep(10);
    }
    assertThat(engine.stats().openImages()).isZero();
  }
}
