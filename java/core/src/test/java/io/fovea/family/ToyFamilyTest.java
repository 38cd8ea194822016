package io.fovea.family;

import static java.awt.image.BufferedImage.TYPE_INT_RGB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.sampling.SamplingOptions;
import io.fovea.weights.SafetensorsWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A new kind of model takes one class; the engine runs it as it runs those it came with. */
class ToyFamilyTest {
  private static final Path BUNDLED =
      Path.of(System.getProperty("fovea.repository"), "weights-tools", "models", "cogvlm-shapes");
  private static final ImageInput PICTURE = ImageInput.of(BUNDLED.resolve("demo/scene.png"));

  @TempDir private Path folder;
  private final float[] table = new float[ToyFamily.V * ToyFamily.D];
  private final float[] head = new float[ToyFamily.V * ToyFamily.D];

  @BeforeEach
  void write() throws IOException {
    Random random = new Random(7);
    float[] patches = new float[ToyFamily.D * 3 * ToyFamily.P * ToyFamily.P];
    for (float[] values : List.of(table, head, patches)) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
    }
    SafetensorsWriter weights = new SafetensorsWriter();
    weights.add("embed.weight", table, ToyFamily.V, ToyFamily.D);
    weights.add("head.weight", head, ToyFamily.V, ToyFamily.D);
    weights.add("patches.weight", patches, ToyFamily.D, 3 * ToyFamily.P * ToyFamily.P);
    weights.write(folder.resolve("model.safetensors"));
    Files.copy(BUNDLED.resolve("tokenizer.model"), folder.resolve("tokenizer.model"));
    config("\"context\": 128");
  }

  private void config(String sizes) throws IOException {
    Files.writeString(
        folder.resolve("config.json"), "{\"architectures\": [\"ToyForCausalLM\"], " + sizes + "}");
  }

  private FoveaEngine open() {
    return FoveaEngine.builder().model(folder).threads(1).build();
  }

  private static ChatRequest drawn(EncodedImage image, long seed) {
    return ChatRequest.about(image, "What?")
        .options(
            GenerationOptions.builder()
                .maxNewTokens(20)
                .sampling(SamplingOptions.builder().temperature(1).seed(seed).build())
                .build())
        .build();
  }

  @Test
  void theEngineRunsIt() {
    try (FoveaEngine engine = open();
        EncodedImage image = engine.encode(PICTURE)) {
      assertThat(engine.model().architecture()).isEqualTo("Toy");
      assertThat(engine.model().template()).isEqualTo(PromptTemplate.BASE);
      Grounding found =
          engine.locate(image, "the star", LocateOptions.builder().maxBoxes(2).build());
      assertThat(found.regions()).isNotEmpty().allSatisfy(r -> assertThat(r.pixels()).isNotNull());
      assertThat(found.text()).matches("the star: \\[\\[[0-9,;]+\\]\\]");
      assertThat(found.regions()).extracting(Region::phrase).containsOnly("the star");
      LocateOptions free = LocateOptions.builder().constrained(false).maxNewTokens(9).build();
      assertThat(engine.locate(image, "the star", free).text()).doesNotStartWith("the star: [[");
      assertThat(engine.ask(image, "What?").usage().imageTokens()).isEqualTo(ToyFamily.N);
      assertThat(engine.caption(image).text()).isNotNull();
      List<CompletableFuture<Answer>> together = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        together.add(engine.chatAsync(drawn(image, i)));
      }
      for (int i = 0; i < 12; i++) {
        assertThat(together.get(i).join().text()).isEqualTo(engine.chat(drawn(image, i)).text());
      }
    }
  }

  /** Its next word follows from the last row alone: which that is says where pictures stand. */
  @Test
  void picturesStandWhereTheyWereShown() throws IOException {
    GenerationOptions one = GenerationOptions.builder().maxNewTokens(1).build();
    List<Turn> asked = List.of(new Turn("What is it?", "a star"));
    try (FoveaEngine engine = open();
        EncodedImage a = engine.encode(PICTURE);
        EncodedImage b = engine.encode(ImageInput.of(new BufferedImage(8, 8, TYPE_INT_RGB)))) {
      String afterA = engine.ask(a, "What?", one).text();
      String afterB = engine.ask(b, "What?", one).text();
      String afterText = engine.askTextOnly("What?", one).text();
      assertThat(List.of(afterA, afterB, afterText)).doesNotHaveDuplicates();
      Answer both = engine.ask(List.of(a, b), "What?", one);
      assertThat(both.text()).isEqualTo(afterB);
      assertThat(both.usage().imageTokens()).isEqualTo(2 * ToyFamily.N);
      assertThat(engine.ask(List.of(b, a), "What?", one).text()).isEqualTo(afterA);
      ChatRequest.Builder request = ChatRequest.about(List.of(a, b), "What?").options(one);
      // Without history all come with the query, whatever it says.
      assertThat(engine.chat(request.newImages(1).build()).text()).isEqualTo(afterB);
      request.history(asked);
      assertThat(engine.chat(request.newImages(1).build()).text()).isEqualTo(afterB);
      assertThat(engine.chat(request.newImages(0).build()).text()).isEqualTo(afterText);
      List<Turn> shown = List.of(new Turn("What is it?", "a star", 2));
      ChatRequest claimed = request.history(shown).build();
      assertThat(engine.chat(claimed).text()).isEqualTo(afterText);
      assertThatThrownBy(() -> engine.chat(claimed.toBuilder().newImages(1).build()))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("claim 1 and 2 pictures, and there are 2");
      Turn most = new Turn("q", "a", Integer.MAX_VALUE);
      List<Turn> wrapping = List.of(most, most, new Turn("q", "a", 2)); // 0 as an int
      assertThatThrownBy(() -> engine.chat(request.newImages(0).history(wrapping).build()))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("pictures, and there are 2");
      assertThatThrownBy(() -> new Turn("q", "a", -1))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("-1 pictures");
    }
  }

  /** The second of two is closed: the first is claimed and must be given back. */
  @Test
  void aClosedPictureClaimsNoOther() {
    try (FoveaEngine engine = open()) {
      EncodedImage open = engine.encode(PICTURE);
      EncodedImage closed = engine.encode(PICTURE);
      closed.close();
      assertThatThrownBy(() -> engine.ask(List.of(open, closed), "What?"))
          .isInstanceOf(IllegalStateException.class);
      open.close();
      long end = System.nanoTime() + 20_000_000_000L;
      while (engine.stats().openImages() > 0) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.onSpinWait();
      }
    }
  }

  /** Text alone: what follows is the word whose row of the head suits the last word best. */
  @Test
  void whatItAnswersIsWhatItsWeightsSay() {
    try (FoveaEngine engine = open()) {
      ModelTokens tokens =
          ModelTokens.load(
              folder, null, Families.describe(folder, io.fovea.weights.StoredShapes.none()));
      int[] asked = tokens.tokenizer().encode("Is there a star?");
      int last = asked[asked.length - 1];
      int best = 0;
      for (int id = 1; id < ToyFamily.V; id++) {
        best = score(last, id) > score(last, best) ? id : best;
      }
      Answer answer =
          engine.chat(
              ChatRequest.textOnly("Is there a star?")
                  .options(GenerationOptions.builder().maxNewTokens(1).build())
                  .build());
      assertThat(answer.text()).isEqualTo(tokens.tokenizer().decode(new int[] {best}));
    }
  }

  private double score(int word, int next) {
    double sum = 0;
    for (int d = 0; d < ToyFamily.D; d++) {
      sum += (double) table[word * ToyFamily.D + d] * head[next * ToyFamily.D + d];
    }
    return sum;
  }

  @Test
  void itsMistakesAreNamedAsThoseOfAllModels() throws IOException {
    config("\"context\": \"long\"");
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("config.json", "context");
    config("\"context\": 5");
    assertThatThrownBy(this::open)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("holds no image and question");
  }

  @Test
  void messagesNameItBesideTheOthers() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"architectures\": [\"Other\"]}");
    assertThatThrownBy(this::open)
        .hasMessageContainingAll("'Other'", "CogVLM2 (CogVLMForCausalLM)", "Toy (ToyForCausalLM)");
  }
}
