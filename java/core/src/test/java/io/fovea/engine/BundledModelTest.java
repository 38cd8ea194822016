package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.grounding.Box;
import io.fovea.grounding.PixelBox;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The trained model that ships with the project, on the picture that ships with it. */
class BundledModelTest {
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools", "models", "cogvlm-shapes");

  private static FoveaEngine engine;
  private static EncodedImage image;
  private static JsonNode truth;

  @BeforeAll
  static void load() throws IOException {
    engine = FoveaEngine.builder().model(MODEL).threads(1).build();
    image = engine.encode(ImageInput.of(MODEL.resolve("demo/scene.png")));
    truth = new ObjectMapper().readTree(MODEL.resolve("demo/truth.json").toFile());
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static List<Box> boxes(JsonNode object, LocateOptions options) {
    return engine.locate(image, object.get("phrase").asText(), options).regions().stream()
        .map(Region::box)
        .toList();
  }

  private static PixelBox trueBox(JsonNode object) {
    JsonNode box = object.get("box");
    return new PixelBox(
        box.get(0).asDouble(), box.get(1).asDouble(), box.get(2).asDouble(), box.get(3).asDouble());
  }

  @Test
  void everyObjectOfTheDemonstrationIsFound() {
    assertThat(truth.size()).isGreaterThanOrEqualTo(4);
    for (JsonNode object : truth) {
      List<Box> found = boxes(object, LocateOptions.builder().maxBoxes(1).build());
      assertThat(found).hasSize(1);
      assertThat(found.get(0).toPixels(image.size()).iou(trueBox(object)))
          .as(object.get("phrase").asText())
          .isGreaterThanOrEqualTo(0.5);
    }
  }

  /** Every color and shape that the demonstration has not together. */
  @Test
  void whatIsNotThereIsSaidNotToBe() {
    List<String> absent = new ArrayList<>();
    for (String color : List.of("red", "green", "blue", "yellow", "orange", "purple")) {
      for (String shape : List.of("circle", "square", "triangle", "diamond", "star", "cross")) {
        absent.add("the " + color + " " + shape);
      }
    }
    truth.forEach(
        object ->
            absent.removeIf(each -> object.get("phrase").asText().endsWith(each.substring(4))));
    List<Grounding> answers = engine.locate(image, absent);
    long refused = answers.stream().filter(Grounding::absent).count();
    assertThat((double) refused / absent.size()).isGreaterThan(0.9);
    assertThat(answers)
        .allSatisfy(each -> assertThat(each.regions().isEmpty()).isEqualTo(each.absent()));
  }

  /** A trained model writes well-formed boxes by itself, and the grammar then changes nothing. */
  @Test
  void theGrammarAgreesWithFreeDecoding() {
    for (JsonNode object : truth) {
      List<Box> free = boxes(object, LocateOptions.builder().constrained(false).build());
      assertThat(free).as(object.get("phrase").asText()).isNotEmpty();
      assertThat(boxes(object, LocateOptions.defaults())).isEqualTo(free);
    }
  }
}
