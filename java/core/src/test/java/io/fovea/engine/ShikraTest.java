package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.grounding.Dialects;
import io.fovea.grounding.Frame;
import io.fovea.grounding.Geometry;
import io.fovea.grounding.Region;
import io.fovea.prompt.Turn;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Shikra's squares and texts become in an engine, on a random checkpoint. */
class ShikraTest {
  private static final String BOX = "\\d\\.\\d{3}(?:,\\d\\.\\d{3}){3}";

  @SuppressWarnings("NullAway.Init") // by beforeAll
  private static FoveaEngine engine;

  @BeforeAll
  static void open() {
    GoldenCase golden = GoldenCase.read("shikra/patch8/locate");
    // The tokenizer lies in the folder, with the tokens that were added to it.
    engine = FoveaEngine.builder().model(golden.checkpoint()).threads(2).build();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static EncodedImage picture(String name) {
    Path pictures = GoldenCase.root().resolve("pictures");
    return engine.encode(io.fovea.image.ImageInput.of(pictures.resolve(name)));
  }

  /** Fractions of the white square become those of the picture, and what lies on white its edge. */
  @ParameterizedTest
  @ValueSource(strings = {"wide.png", "tall.png", "odd.png", "still.png"})
  void heldBoxesAreOnThePicture(String name) {
    try (EncodedImage image = picture(name)) {
      LocateOptions options = LocateOptions.builder().maxBoxes(2).build();
      Grounding found = engine.locate(image, "the boat", options);
      assertThat(found.text()).matches("Answer: \\[" + BOX + "(?:;" + BOX + ")?]");
      List<Geometry> read =
          Dialects.named("shikra").parse(found.text(), Frame.of(image.size())).regions().stream()
              .map(Region::shape)
              .toList();
      assertThat(found.regions().stream().map(Region::shape).toList()).isEqualTo(read).isNotEmpty();
      for (Region region : found.regions()) {
        assertThat(region.phrase()).isEqualTo("the boat");
        assertThat(region.confidence()).isBetween(0.0, 1.0);
        assertThat(region.pixels()).isNotNull();
      }
    }
  }

  @Test
  void answersWithAndWithoutAPicture() {
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(8).build();
    try (EncodedImage image = picture("wide.png")) {
      Answer seen = engine.chat(ChatRequest.about(image, "What is it?").options(options).build());
      assertThat(seen.usage().imageTokens()).isEqualTo(25);
      assertThat(seen.text()).isNotEmpty();
    }
    Answer told =
        engine.chat(ChatRequest.textOnly("What is [0.1,0.2,0.3,0.4]?").options(options).build());
    assertThat(told.usage().imageTokens()).isZero();
    assertThat(told.regions()).isEmpty();
  }

  /** What a question says is words; only the prompt's own marks are tokens. */
  @Test
  void wordsLikeMarksStayWords() {
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(1).build();
    List<Turn> history = List.of();
    int marked = promptTokens("<im_patch></s>", history, options);
    int words = promptTokens("", history, options);
    assertThat(marked).as("several pieces each").isGreaterThan(words + 8);
  }

  private static int promptTokens(String query, List<Turn> history, GenerationOptions options) {
    ChatRequest request =
        ChatRequest.textOnly("x" + query).history(history).options(options).build();
    return engine.chat(request).usage().promptTokens();
  }
}
