package io.fovea.family;

import static java.awt.image.BufferedImage.TYPE_INT_RGB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.Profile;
import io.fovea.engine.ProfileOptions;
import io.fovea.engine.TraceResult;
import io.fovea.image.ImageInput;
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
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models whose encoder reads the whole prompt before their decoder begins. */
class ToyReaderFamilyTest {
  private static final Path BUNDLED =
      Path.of(System.getProperty("fovea.repository"), "weights-tools", "models", "cogvlm-shapes");
  private static final ImageInput PICTURE = ImageInput.of(BUNDLED.resolve("demo/scene.png"));
  private static final int END = 2; // of the bundled model's tokenizer
  private static final GenerationOptions FEW = GenerationOptions.builder().maxNewTokens(6).build();

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    Random random = new Random(7);
    SafetensorsWriter weights = new SafetensorsWriter();
    add(weights, random, "embed.weight", ToyFamily.V, ToyFamily.D);
    add(weights, random, "head.weight", ToyFamily.V, ToyFamily.D);
    add(weights, random, "values.weight", ToyFamily.D, ToyFamily.D);
    add(weights, random, "patches.weight", ToyFamily.D, 3 * ToyFamily.P * ToyFamily.P);
    weights.write(folder.resolve("model.safetensors"));
    Files.copy(BUNDLED.resolve("tokenizer.model"), folder.resolve("tokenizer.model"));
    Files.writeString(
        folder.resolve("config.json"),
        "{\"architectures\": [\"ToyReaderForConditionalGeneration\"], \"context\": 256}");
  }

  private static void add(
      SafetensorsWriter weights, Random random, String name, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      boolean ends = name.startsWith("head") && i / columns == END; // unlikely: answers are long
      values[i] = ends ? 0 : (float) random.nextGaussian();
    }
    weights.add(name, values, rows, columns);
  }

  private FoveaEngine open() {
    return FoveaEngine.builder().model(folder).threads(1).build();
  }

  private static ChatRequest drawn(EncodedImage image, int number) {
    return ChatRequest.about(image, "What is at place " + number + "?")
        .options(
            GenerationOptions.builder()
                .maxNewTokens(20)
                .sampling(SamplingOptions.builder().temperature(1).seed((long) number).build())
                .build())
        .build();
  }

  private static void await(FoveaEngine engine, Predicate<EngineStats> wanted) {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!wanted.test(engine.stats())) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /**
   * The decoder's first token is the same in all prompts: answers can differ by the source only.
   */
  @Test
  void answersFollowFromTheWholeSource() {
    try (FoveaEngine engine = open();
        EncodedImage a = engine.encode(PICTURE);
        EncodedImage b = engine.encode(ImageInput.of(new BufferedImage(8, 8, TYPE_INT_RGB)))) {
      Answer one = engine.ask(a, "What?", FEW);
      assertThat(engine.ask(a, "What?", FEW).text()).isEqualTo(one.text());
      assertThat(
              List.of(
                  one.text(),
                  engine.ask(b, "What?", FEW).text(),
                  engine.ask(a, "Where are they?", FEW).text(),
                  engine.askTextOnly("What?", FEW).text()))
          .doesNotHaveDuplicates();
      assertThat(one.usage().imageTokens()).isEqualTo(ToyFamily.N);
      // begin, the question's words, the picture; then what the decoder begins with
      assertThat(one.usage().promptTokens()).isGreaterThan(ToyFamily.N + 2);
      assertThat(one.usage().cachedTokens()).isZero();
    }
  }

  @Test
  void requestsInOneStepGetTheAnswersTheyGetAlone() {
    try (FoveaEngine engine = open();
        EncodedImage image = engine.encode(PICTURE)) {
      List<CompletableFuture<Answer>> together = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        together.add(engine.chatAsync(drawn(image, i)));
      }
      for (int i = 0; i < 24; i++) {
        assertThat(together.get(i).join().text()).isEqualTo(engine.chat(drawn(image, i)).text());
      }
    }
  }

  /** Pages run short: an answer that gave its pages up goes on with the source it has read. */
  @Test
  void answersThatGaveWayGoOn() {
    try (FoveaEngine roomy = open();
        FoveaEngine tight =
            FoveaEngine.builder().model(folder).threads(1).kvCacheTokens(256).build();
        EncodedImage there = roomy.encode(PICTURE);
        EncodedImage here = tight.encode(PICTURE)) {
      List<CompletableFuture<Answer>> together = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        together.add(tight.chatAsync(lengthy(here, i)));
      }
      for (int i = 0; i < 8; i++) {
        assertThat(together.get(i).join().text()).isEqualTo(roomy.chat(lengthy(there, i)).text());
      }
      assertThat(tight.stats().preemptions()).isPositive();
    }
  }

  private static ChatRequest lengthy(EncodedImage image, int number) {
    ChatRequest request = drawn(image, number);
    return request.toBuilder()
        .options(request.options().toBuilder().maxNewTokens(180).build())
        .build();
  }

  @Test
  void boxesAndCaptionsAndPresenceWork() {
    try (FoveaEngine engine = open();
        EncodedImage image = engine.encode(PICTURE)) {
      LocateOptions two = LocateOptions.builder().maxBoxes(2).build();
      Grounding found = engine.locate(image, "the star", two);
      assertThat(found.text()).matches("the star: \\[\\[[0-9,;]+\\]\\]");
      assertThat(found.regions()).isNotEmpty();
      assertThat(found.usage().imageTokens()).isPositive();
      List<Grounding> several = engine.locate(image, List.of("the star", "the circle"), two);
      assertThat(several.get(0).text()).isEqualTo(found.text());
      assertThat(engine.caption(image).text()).isNotNull();
    }
  }

  /** Whatever ends a request, all memory of its source is given back: the engine closes clean. */
  @Test
  void cancelledWhileReadingNothingIsLeft() {
    try (FoveaEngine engine = open();
        EncodedImage image = engine.encode(PICTURE)) {
      String expected = engine.ask(image, "What?", FEW).text();
      await(engine, stats -> stats.running() == 0);
      long bytes = engine.stats().deviceBytes();
      Random random = new Random(3);
      for (int round = 0; round < 200; round++) {
        CompletableFuture<Answer> asked = engine.chatAsync(drawn(image, round));
        long end = System.nanoTime() + random.nextInt(1_000_000);
        while (System.nanoTime() < end) {
          Thread.onSpinWait();
        }
        asked.cancel(true);
      }
      await(engine, stats -> stats.running() == 0 && stats.waiting() == 0);
      assertThat(engine.stats().deviceBytes()).isEqualTo(bytes);
      assertThat(engine.stats().cancelled()).isPositive();
      assertThat(engine.ask(image, "What?", FEW).text()).isEqualTo(expected);
    }
  }

  @Test
  void aSourceThatIsTooLongIsRefused() {
    try (FoveaEngine engine = open();
        EncodedImage image = engine.encode(PICTURE)) {
      assertThatThrownBy(() -> engine.ask(image, "what ".repeat(ToyReaderFamily.MOST)))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContainingAll("the model's encoder reads " + ToyReaderFamily.MOST, "shorten");
    }
  }

  @Test
  void itIsTracedAndProfiled() throws IOException {
    Path out = folder.resolve("trace.safetensors");
    try (FoveaEngine engine = open();
        EncodedImage image = engine.encode(PICTURE)) {
      String answer = engine.ask(image, "What?", FEW).text();
      ChatRequest request = ChatRequest.textOnly("What?").build();
      TraceResult trace = engine.diagnostics().trace(List.of(PICTURE), request, 6, out);
      assertThat(trace.tensors()).contains("source_ids", "input_ids", "generated_ids");
      ProfileOptions once =
          ProfileOptions.builder().tokens(3).rounds(1).peakGflops(1.0).peakGigabytes(1.0).build();
      Profile profile = engine.diagnostics().profile(PICTURE, "What?", once);
      assertThat(profile.phases()).extracting(Profile.Phase::name).contains("source");
      assertThat(engine.ask(image, "What?", FEW).text()).isEqualTo(answer);
    }
  }
}
