package io.fovea.engine;

import io.fovea.image.ImageInput;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Opens a model directory and answers a question about its demonstration picture. */
public final class BundledQuestion implements UnaryOperator<String> {
  /** The answer; {@code directory} is the bundled model's. */
  @Override
  public String apply(String directory) {
    Path picture = Path.of(directory, "demo", "scene.png");
    try (FoveaEngine engine = FoveaEngine.builder().model(Path.of(directory)).threads(1).build();
        EncodedImage image = engine.encode(ImageInput.of(picture))) {
      return engine.ask(image, "How many circles are there?").text();
    }
  }
}
