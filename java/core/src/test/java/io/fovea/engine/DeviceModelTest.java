package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.family.Families;
import io.fovea.family.Tasks;
import io.fovea.grounding.Box;
import io.fovea.grounding.CogVlmDialect;
import io.fovea.image.ImageInput;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bundled model on another device gives the processor's tokens. */
@Tag("gpu")
class DeviceModelTest {
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools", "models", "cogvlm-shapes");
  private static final GenerationOptions OPTIONS = GenerationOptions.defaults();
  private static final Tasks TASKS = Families.describe(MODEL, StoredShapes.none()).tasks();

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "FLOAT"})
  void boxesCaptionsAndAnswersAreTheSame(ActivationType activations) {
    Device device = TestDevice.get();
    EngineBuilder options = FoveaEngine.builder().activations(activations);
    List<String> expected = answers(options, Device.cpu(), true);
    assertThat(expected.get(0)).matches("\\[\\[\\d{3},\\d{3},\\d{3},\\d{3}]].*");
    assertThat(expected).hasSize(3).doesNotContain("[]");
    assertThat(answers(options, device, true)).isEqualTo(expected);
  }

  /**
   * In bf16 sums in another order move logits by their last bits, and with them a digit or a word
   * that is as likely as another: the box may differ by a little, and the caption is left out.
   */
  @Test
  void bf16GivesNearlyTheSameBoxAndTheSameAnswer() {
    Device device = TestDevice.get();
    EngineBuilder options = FoveaEngine.builder().dtype(ComputeType.BF16);
    List<String> expected = answers(options, Device.cpu(), false);
    List<String> actual = answers(options, device, false);
    assertThat(box(actual.get(0)).iou(box(expected.get(0)))).isGreaterThan(0.9);
    assertThat(actual.get(1)).isEqualTo(expected.get(1));
  }

  private static ChatRequest request(EncodedImage image, Tasks.Task task) {
    return ChatRequest.about(image, task.query())
        .template(task.template())
        .options(OPTIONS)
        .build();
  }

  private static Box box(String text) {
    return new CogVlmDialect().parse(text).regions().get(0).box();
  }

  /** A box as text, then token ids of the other answers. */
  private static List<String> answers(EngineBuilder options, Device device, boolean caption) {
    List<String> answers = new ArrayList<>();
    try (FoveaEngine engine = options.model(MODEL).device(device).threads(1).build();
        EncodedImage image = engine.encode(ImageInput.of(MODEL.resolve("demo/scene.png")))) {
      assertThat(engine.device().reason()).isEqualTo(device + " was asked for");
      LocateOptions oneBox =
          LocateOptions.builder().maxBoxes(1).presence(PresenceCheck.REPORT).build();
      answers.add(engine.locate(image, "the red circle", oneBox).text());
      answers.add(
          tokens(engine, request(image, TASKS.ask("How many objects are there?"))).toString());
      if (caption) {
        answers.add(tokens(engine, request(image, TASKS.describe())).toString());
      }
    }
    return answers;
  }

  private static List<Integer> tokens(FoveaEngine engine, ChatRequest request) {
    List<Integer> ids = new ArrayList<>();
    try (TokenStream stream = engine.stream(request)) {
      for (TokenEvent event : stream) {
        if (event instanceof TokenEvent.Token token) {
          ids.add(token.id());
        }
      }
    }
    return ids;
  }
}
