package io.fovea.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.engine.FoveaEngine;
import io.fovea.engine.VisionEngine;
import java.nio.file.Path;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.Media;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.MimeTypeUtils;

/** The bundled model and its demo picture. */
final class Shapes {
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools/models/cogvlm-shapes");
  static final Path SCENE = MODEL.resolve("demo/scene.png");

  private Shapes() {}

  static FoveaEngine engine() {
    return FoveaEngine.builder().model(MODEL).threads(1).build();
  }

  static Media picture() {
    return new Media(MimeTypeUtils.IMAGE_PNG, new FileSystemResource(SCENE));
  }

  static UserMessage asked(String question, Media... media) {
    return UserMessage.builder().text(question).media(media).build();
  }

  /** Waits for the engine's figures, which are as of its last step. */
  static void assertNoPictureIsOpen(VisionEngine engine) throws InterruptedException {
    for (int i = 0; i < 1000 && engine.stats().openImages() > 0; i++) {
      Thread.sleep(10);
    }
    assertThat(engine.stats().openImages()).isZero();
  }
}
