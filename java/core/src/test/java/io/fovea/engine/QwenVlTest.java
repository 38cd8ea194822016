package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ImageException;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Qwen-VL has that no other family has: several pictures, and positions by length. */
class QwenVlTest {
  private static final GoldenCase THREE = GoldenCase.read("qwen-vl/grid16/three");
  private static final GoldenCase CHAT = GoldenCase.read("qwen-vl/grid16/text_only");
  private static final int NEW_TOKENS = 24;

  /** Up to 80 tokens positions are told in one way, up to 160 in another. */
  private static final String SHORT = "Count the cups on the table.";

  private static final String LONG =
      SHORT
          + " Then say what color the bicycle is, who holds the umbrella, and whether the old boat"
          + " on the lake is open or closed. Count the boats on the lake too.";

  private static final int CHAT_ROWS = 16; // of a picture

  @TempDir private Path folder;

  /** Two with the first question and one with the last. */
  @ParameterizedTest
  @ValueSource(ints = {1000, 9})
  void threePicturesInAConversationGiveTheReferencesTokens(int stepRows) throws IOException {
    int[] expected = THREE.reference().ints("generated_ids");
    try (FoveaEngine engine = THREE.engine().dtype(ComputeType.F32).stepRows(stepRows).build()) {
      List<EncodedImage> images = new ArrayList<>();
      for (ImageInput input : threePictures()) {
        images.add(engine.encode(input));
      }
      ChatRequest request =
          ChatRequest.about(images, THREE.prompt())
              .newImages(1)
              .history(THREE.history())
              .template(THREE.template())
              .options(GenerationOptions.builder().maxNewTokens(expected.length).build())
              .build();
      List<Integer> ids = new ArrayList<>();
      engine.stream(request)
          .forEach(
              event -> {
                if (event instanceof TokenEvent.Token token) {
                  ids.add(token.id());
                }
              });
      assertThat(ids.stream().mapToInt(id -> id).toArray()).isEqualTo(expected);
      images.forEach(EncodedImage::close);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void everyStageOfThreePicturesIsTheReferences() throws IOException {
    Path out = folder.resolve("trace.safetensors");
    try (FoveaEngine engine = THREE.engine().dtype(ComputeType.F32).build()) {
      ChatRequest request =
          ChatRequest.textOnly(THREE.prompt())
              .newImages(1)
              .history(THREE.history())
              .template(THREE.template())
              .build();
      engine.diagnostics().trace(threePictures(), request, 0, out);
    }
    TensorFile ours = TensorFile.read(out);
    for (String name : THREE.reference().names()) {
      if (!name.endsWith("_ids")) {
        double error = TensorFile.relativeError(ours.get(name), THREE.reference().get(name));
        assertThat(error).as(name).isLessThanOrEqualTo(1e-4);
      }
    }
    assertThat(ours.ints("input_ids")).isEqualTo(THREE.reference().ints("input_ids"));
  }

  /** Two of them never fit together: whatever the room, each is told so and none waits for ever. */
  @Test
  @Timeout(120)
  void picturesThatDoNotFitTogetherAreRefused() throws IOException {
    ImageInput picture = ImageInput.of(png(1000, 800));
    ChatRequest request = ChatRequest.textOnly("What?").template(PromptTemplate.CHAT).build();
    int refused = 0;
    for (int mebibytes = 2; mebibytes <= 12; mebibytes++) {
      try (FoveaEngine engine = CHAT.engine().decodeBytes((long) mebibytes << 20).build()) {
        Path out = folder.resolve("two.safetensors");
        try {
          engine.diagnostics().trace(List.of(picture, picture), request, 0, out);
        } catch (ImageException e) {
          refused += e.toString().contains("beside the request's others") ? 1 : 0;
        }
        engine.encode(ImageInput.of(png(20, 20))).close(); // nothing is held any more
      }
    }
    assertThat(refused).isPositive();
  }

  private static byte[] png(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", out);
    return out.toByteArray();
  }

  /** As in the published code, whose turns have their pictures in them. */
  @Test
  void aForgottenTurnTakesItsPictureAlong() throws IOException {
    for (Path file : List.of(Path.of("config.json"), Path.of("model.safetensors"))) {
      Files.copy(CHAT.checkpoint().resolve(file), folder.resolve(file));
    }
    Files.writeString(folder.resolve("generation_config.json"), "{\"max_window_size\": 80}");
    Turn forgotten = new Turn("word ".repeat(80), "no", 1);
    Turn told = new Turn("Who?", "he", 1);
    try (FoveaEngine engine = CHAT.engine().model(folder).dtype(ComputeType.F32).build()) {
      List<EncodedImage> images = new ArrayList<>();
      for (ImageInput input : threePictures()) {
        images.add(engine.encode(input));
      }
      Answer kept = about(engine, images.subList(1, 3), List.of(told));
      assertThat(about(engine, images, List.of(forgotten, told)).text()).isEqualTo(kept.text());
      assertThat(kept.usage().imageTokens()).isEqualTo(2 * CHAT_ROWS);
      // What no turn claims comes before all, and stays.
      List<EncodedImage> four = List.of(images.get(0), images.get(1), images.get(1), images.get(2));
      Answer staying = about(engine, four, List.of(forgotten, told));
      assertThat(staying.text()).isEqualTo(about(engine, images, List.of(told)).text());
      assertThat(staying.usage().imageTokens()).isEqualTo(3 * CHAT_ROWS);
      images.forEach(EncodedImage::close);
    }
  }

  private static Answer about(FoveaEngine engine, List<EncodedImage> images, List<Turn> history) {
    return engine.chat(
        ChatRequest.about(images, "Why?")
            .newImages(1)
            .history(history)
            .template(PromptTemplate.CHAT)
            .options(GenerationOptions.builder().maxNewTokens(NEW_TOKENS).build())
            .build());
  }

  private static List<ImageInput> threePictures() throws IOException {
    Path request = GoldenCase.root().resolve(THREE.name()).resolve("request.json");
    List<ImageInput> images = new ArrayList<>();
    for (JsonNode each : new ObjectMapper().readTree(request.toFile()).get("images")) {
      images.add(ImageInput.of(request.resolveSibling(each.asText()).normalize()));
    }
    return images;
  }

  /** Keys and values of words that look alike must not be taken for each other. */
  @Test
  void promptsOfOtherLengthsShareNothingInTheCache() {
    Answer shortAlone = alone(SHORT);
    Answer longAlone = alone(LONG);
    assertThat(shortAlone.usage().promptTokens()).isLessThanOrEqualTo(80);
    assertThat(longAlone.usage().promptTokens()).isBetween(81, 160);
    for (List<String> order : List.of(List.of(SHORT, LONG), List.of(LONG, SHORT))) {
      try (FoveaEngine engine = CHAT.engine().dtype(ComputeType.F32).build()) {
        for (String query : order) {
          Answer answer = engine.chat(request(query, List.of()));
          Answer expected = query.equals(SHORT) ? shortAlone : longAlone;
          assertThat(answer.text()).as(query).isEqualTo(expected.text());
          assertThat(answer.usage().cachedTokens()).as(query).isZero();
        }
        for (String query : order) {
          Answer again = engine.chat(request(query, List.of()));
          Answer expected = query.equals(SHORT) ? shortAlone : longAlone;
          assertThat(again.text()).as(query).isEqualTo(expected.text());
          assertThat(again.usage().cachedTokens())
              .as(query)
              .isEqualTo(expected.usage().promptTokens() - 1);
        }
        assertNothingLeaks(engine);
      }
    }
  }

  private static Answer alone(String query) {
    try (FoveaEngine engine = CHAT.engine().dtype(ComputeType.F32).build()) {
      return engine.chat(request(query, List.of()));
    }
  }

  private static ChatRequest request(String query, List<Turn> history) {
    return ChatRequest.textOnly(query)
        .history(history)
        .options(GenerationOptions.builder().maxNewTokens(NEW_TOKENS).build())
        .build();
  }

  /** Beyond the first step, too: what was answered is known by the step of its prompt. */
  @Test
  void aConversationGoesOnFromItsCachedTurns() {
    try (FoveaEngine engine = CHAT.engine().dtype(ComputeType.F32).build()) {
      Answer first = engine.chat(request(LONG, List.of()));
      String told = "red"; // other than what was answered: shared up to the answer
      Answer second = engine.chat(request("Why?", List.of(new Turn(LONG, told))));
      assertThat(second.usage().promptTokens()).isBetween(81, 160);
      assertThat(second.usage().cachedTokens())
          .isGreaterThanOrEqualTo(first.usage().promptTokens());
    }
  }

  /** The base model goes on after the phrase's tag; Qwen-VL-Chat repeats the phrase first. */
  @ParameterizedTest
  @ValueSource(strings = {"qwen-vl/head104/caption", "qwen-vl/grid16/short"})
  void boxesAreHeldToTheirNotation(String name) {
    GoldenCase golden = GoldenCase.read(name);
    boolean chat = golden.template() == PromptTemplate.CHAT;
    String box = "<box>\\(\\d+,\\d+\\),\\(\\d+,\\d+\\)</box>";
    try (FoveaEngine engine = golden.engine().dtype(ComputeType.F32).build();
        EncodedImage image = engine.encode(Objects.requireNonNull(golden.input()))) {
      for (int boxes = 1; boxes <= 3; boxes++) {
        LocateOptions options = LocateOptions.builder().maxBoxes(boxes).build();
        Grounding found = engine.locate(image, "the cup", options);
        assertThat(found.text())
            .matches((chat ? "<ref>the cup</ref>" : "") + "(" + box + "){1," + boxes + "}");
        assertThat(found.regions()).hasSizeBetween(1, boxes);
        assertThat(found.regions().get(0).phrase()).isEqualTo("the cup");
        assertThat(found.regions().get(0).confidence()).isBetween(0.0, 1.0);
      }
      LocateOptions free = LocateOptions.builder().constrained(false).maxNewTokens(8).build();
      assertThat(engine.locate(image, "the cup", free).usage().completionTokens()).isPositive();
      assertThat(engine.ask(image, "What is it?").usage().promptTokens()).isPositive();
      assertThat(engine.caption(image).usage().promptTokens()).isPositive();
    }
  }
}
