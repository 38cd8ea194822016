package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import java.awt.Rectangle;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundled model on pictures as a JVM draws them, which its training had none of. */
class Java2dScenesTest {
  private static final int SCENES = 40;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Test
  void boxesLieInThePictureAndAreNotEmpty() {
    Random random = new Random(4);
    for (int i = 0; i < SCENES; i++) {
      Java2dScenes.Scene scene = Java2dScenes.draw(random);
      Rectangle all = new Rectangle(scene.picture().getWidth(), scene.picture().getHeight());
      assertThat(scene.objects()).allMatch(o -> all.contains(o.box()) && !o.box().isEmpty());
    }
  }

  /** Far below the measured shares (the model's README), which few scenes cannot show exactly. */
  @Test
  void theBundledModelCountsAndNamesThem() throws Exception {
    Random random = new Random(9);
    int counted = 0;
    int named = 0;
    Path model = BundledModel.directory();
    try (FoveaEngine engine = FoveaEngine.builder().model(model).threads(1).build()) {
      for (int i = 0; i < SCENES; i++) {
        Java2dScenes.Scene scene = Java2dScenes.draw(random);
        Path file = folder.resolve(i + ".png");
        ImageIO.write(scene.picture(), "png", file.toFile());
        try (EncodedImage image = engine.encode(ImageInput.of(file))) {
          String number = engine.ask(image, "How many objects are there?").text();
          counted += number.equals(String.valueOf(scene.objects().size())) ? 1 : 0;
          ChatRequest caption = ChatRequest.about(image, "Describe the image.").build();
          String text =
              engine.chat(caption.toBuilder().template(PromptTemplate.BASE).build()).text();
          named += truth(scene).equalNamesOf(text) ? 1 : 0;
        }
      }
    }
    assertThat(counted).as("counted").isGreaterThanOrEqualTo(SCENES * 8 / 10);
    assertThat(named).as("named").isGreaterThanOrEqualTo(SCENES * 7 / 10);
  }

  private static NamedObjects truth(Java2dScenes.Scene scene) {
    return new NamedObjects(
        scene.objects().stream()
            .map(o -> new Expected.Shown(o.color() + " " + o.shape(), List.of(0.0, 0.0, 1.0, 1.0)))
            .toList());
  }
}
