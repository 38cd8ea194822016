package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeviceUnavailableException;
import io.fovea.FoveaException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import io.fovea.grounding.Box;
import io.fovea.grounding.CogVlmDialect;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import io.fovea.sampling.SamplingOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one caller sees, on a random model: forms and failures, not wisdom. */
class EngineTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");

  private static FoveaEngine engine;
  private static EncodedImage image;

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    engine = GOLDEN.engine().build();
    image = engine.encode(Objects.requireNonNull(GOLDEN.input()));
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void constrainedBoxesAreAlwaysWellFormed(int maxBoxes) {
    LocateOptions options = LocateOptions.builder().maxBoxes(maxBoxes).build();
    for (String phrase : new String[] {"the red box", "猫", "a [[1,2,3,4]] lookalike"}) {
      Grounding grounding = engine.locate(image, phrase, options);
      assertThat(grounding.regions()).hasSizeBetween(1, maxBoxes);
      assertThat(grounding.regions())
          .allSatisfy(
              region -> {
                assertThat(region.phrase()).isEqualTo(phrase);
                assertThat(region.confidence()).isBetween(0.0, 1.0);
                assertThat(region.spread()).isNotNull();
                assertThat(region.calibratedConfidence()).as("nobody measured it").isNull();
              });
      assertThat(grounding.text())
          .isEqualTo(
              new CogVlmDialect().format(grounding.regions().stream().map(r -> r.box()).toList()));
    }
  }

  /** A step runs the chosen token and all that follow from it: no step for forced ones alone. */
  @Test
  void forcedTokensCostNoSteps() {
    await(() -> engine.stats().running() == 0); // figures trail the last answer by a moment
    long before = engine.stats().steps();
    Grounding grounding = engine.locate(image, "it", LocateOptions.builder().maxBoxes(1).build());
    await(() -> engine.stats().running() == 0);
    assertThat(grounding.usage().completionTokens()).isEqualTo(12);
    assertThat(grounding.usage().forcedTokens()).isGreaterThanOrEqualTo(5);
    // The prompt, then a step for every digit but the last.
    assertThat(engine.stats().steps() - before).isEqualTo(1 + 11);
  }

  @Test
  void freeLocateReadsBoxesFromTheText() {
    LocateOptions free = LocateOptions.builder().constrained(false).maxNewTokens(20).build();
    Grounding grounding = engine.locate(image, "it", free);
    assertThat(grounding.regions())
        .hasSameSizeAs(new CogVlmDialect().parse(grounding.text()).regions());
    assertThat(grounding.usage().forcedTokens()).isZero();
  }

  @Test
  void captionWithoutBoxesInPlainText() {
    Answer answer =
        Answer.builder()
            .text(" A box [[001,002,003,004]] and a ball [[001,002,003,004;005,006,007,008]].")
            .regions(
                List.of(
                    Region.builder(new Box(1, 2, 3, 4)).textStart(1).textEnd(6).build(),
                    Region.builder(new Box(1, 2, 3, 4)).textStart(31).textEnd(37).build()))
            .build();
    Caption caption = Caption.of(answer, new CogVlmDialect().parse(answer.text()));
    assertThat(caption.plainText()).isEqualTo("A box and a ball.");
    assertThat(caption.regions())
        .extracting(caption::inPlainText)
        .extracting(range -> caption.plainText().substring(range.start(), range.end()))
        .containsExactly("A box", "a ball");
    assertThat(engine.caption(image, GenerationOptions.builder().maxNewTokens(9).build()).text())
        .isNotEmpty();
  }

  @Test
  void usageAndTimingsAreThoseOfTheRequest() {
    Answer answer = engine.ask(image, "What?", GenerationOptions.builder().maxNewTokens(6).build());
    Usage usage = answer.usage();
    assertThat(usage.imageTokens()).isEqualTo(engine.model().imageTokens());
    // Another test's question about the image may have begun alike.
    assertThat(usage.cachedTokens()).isGreaterThanOrEqualTo(usage.imageTokens() + 1);
    assertThat(usage.promptTokens()).isGreaterThan(usage.cachedTokens());
    assertThat(usage.completionTokens()).isBetween(1, 6);
    Timings timings = answer.timings();
    assertThat(timings.prefill()).isPositive();
    assertThat(timings.imageEncode()).isEqualTo(image.encodeTime()).isPositive();
    assertThat(timings.timeToFirstToken()).isEqualTo(timings.queued().plus(timings.prefill()));
  }

  @Test
  void lengthAndStopSequencesEndAnAnswer() {
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(24).build();
    Answer whole = engine.chat(ChatRequest.about(image, "Describe.").options(options).build());
    assertThat(whole.finish()).isEqualTo(FinishReason.LENGTH);
    String text = whole.text();
    for (int from = 1; from + 3 < text.length(); from += 4) {
      String stop = text.substring(from, from + 3);
      Answer cut =
          engine.chat(
              ChatRequest.about(image, "Describe.")
                  .options(options.toBuilder().stop("never", stop).build())
                  .build());
      assertThat(cut.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
      assertThat(cut.finish()).isEqualTo(FinishReason.STOP_SEQUENCE);
    }
  }

  @Test
  void samplingIsReproducibleBySeed() {
    GenerationOptions options =
        GenerationOptions.builder()
            .maxNewTokens(16)
            .sampling(SamplingOptions.builder().temperature(3).seed(5).build())
            .build();
    ChatRequest request = ChatRequest.about(image, "Describe.").options(options).build();
    String first = engine.chat(request).text();
    assertThat(engine.chat(request).text()).isEqualTo(first);
    SamplingOptions other = options.sampling().toBuilder().seed(6).build();
    assertThat(
            engine
                .chat(
                    request.toBuilder()
                        .options(options.toBuilder().sampling(other).build())
                        .build())
                .text())
        .isNotEqualTo(first);
  }

  @Test
  void promptsThatCanNeverFitAreRefused() {
    String tooLong = "word ".repeat(engine.model().contextTokens());
    assertThatThrownBy(() -> engine.ask(image, tooLong))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("contextTokens")
        .hasMessageContaining(String.valueOf(engine.model().contextTokens()));
    try (FoveaEngine small = GOLDEN.engine().kvCacheTokens(128).build()) {
      ChatRequest request = ChatRequest.textOnly("hello").build();
      assertThatThrownBy(() -> small.chat(request))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("kvCacheTokens");
      Answer answer =
          small.chat(
              request.toBuilder()
                  .options(GenerationOptions.builder().maxNewTokens(4).build())
                  .build());
      assertThat(answer.finish()).isIn(FinishReason.LENGTH, FinishReason.STOP);
    }
  }

  @Test
  void wrongOptionsAreRefusedByName() {
    assertThatThrownBy(() -> GenerationOptions.builder().maxNewTokens(0).build())
        .hasMessageContaining("maxNewTokens");
    assertThatThrownBy(() -> GenerationOptions.builder().stop("a", "").build())
        .hasMessageContaining("stop");
    assertThatThrownBy(() -> LocateOptions.builder().maxBoxes(0).build())
        .hasMessageContaining("maxBoxes");
    assertThatThrownBy(() -> engine.locate(image, " ")).hasMessageContaining("phrase");
    assertThatThrownBy(() -> FoveaEngine.builder().build()).hasMessageContaining("model");
    assertThatThrownBy(() -> GOLDEN.engine().maxBatch(0).build()).hasMessageContaining("maxBatch");
    assertThatThrownBy(() -> GOLDEN.engine().contextTokens(5).build())
        .hasMessageContaining("contextTokens");
    assertThatThrownBy(() -> Device.parse("gpu")).hasMessageContaining("cuda:N");
  }

  /** A picture that is not there must not be taken for a question without one. */
  @Test
  @SuppressWarnings("NullAway") // what callers without it may do
  void nothingIsAskedAboutNothing() {
    assertThatThrownBy(() -> engine.ask((EncodedImage) null, "What?")).hasMessage("image");
    assertThatThrownBy(() -> engine.ask(image, null)).hasMessage("question");
    assertThatThrownBy(() -> engine.locate(null, "it")).hasMessage("image");
    assertThatThrownBy(() -> engine.locate(image, (String) null)).hasMessage("phrase");
    assertThatThrownBy(() -> engine.caption(null)).hasMessage("image");
    assertThatThrownBy(() -> engine.encode(null)).hasMessage("input");
    assertThatThrownBy(() -> engine.chat(null)).hasMessage("request");
    assertThatThrownBy(() -> GOLDEN.engine().device(null)).hasMessage("device");
  }

  @Test
  void absentDeviceIsAnErrorAndAutoSaysWhy() {
    assertThatThrownBy(() -> GOLDEN.engine().device(Device.parse("cuda:1")).build())
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContainingAll("cuda:1 was asked for", "use device cpu or auto");
    try (FoveaEngine automatic = GOLDEN.engine().device(Device.auto()).build()) {
      assertThat(automatic.device().device()).isEqualTo(Device.cpu());
      assertThat(automatic.device().reason()).startsWith("auto: cpu");
      assertThat(automatic.device().notes()).anyMatch(note -> note.startsWith("cuda"));
    }
  }

  @Test
  void badPicturesAreTypedErrors() {
    assertThatThrownBy(() -> engine.encode(ImageInput.of(new byte[0])))
        .isInstanceOf(ImageException.class);
  }

  @Test
  void handlesOfAnotherEngineOrClosedOnesAreRefused() {
    try (FoveaEngine other = GOLDEN.engine().build()) {
      assertThatThrownBy(() -> other.ask(image, "What?"))
          .isInstanceOf(FoveaException.class)
          .hasMessageContaining("another engine");
      EncodedImage closed = other.encode(Objects.requireNonNull(GOLDEN.input()));
      closed.close();
      closed.close();
      assertThatThrownBy(() -> other.ask(closed, "What?"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void traceIntoAFolderThatIsNotThere() {
    Path out = folder.resolve("missing/trace.safetensors");
    assertThatThrownBy(
            () ->
                engine
                    .diagnostics()
                    .trace(List.of(), ChatRequest.textOnly("hello").build(), 0, out))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(out.toString());
  }

  @Test
  void boxesMustFitTheContext() {
    try (FoveaEngine narrow =
        GOLDEN.engine().contextTokens(engine.model().imageTokens() + 100).build()) {
      EncodedImage encoded = narrow.encode(Objects.requireNonNull(GOLDEN.input()));
      assertThatThrownBy(
              () -> narrow.locate(encoded, "it", LocateOptions.builder().maxBoxes(64).build()))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("64 boxes");
    }
  }

  @Test
  void modelInfoStatesItsChoices() {
    ModelInfo info = engine.model();
    assertThat(info.dtype()).isEqualTo(ComputeType.F32);
    assertThat(info.dtypeReason()).contains("small");
    assertThat(info.parameters()).isPositive();
    assertThat(info.kvCacheTokens()).isGreaterThanOrEqualTo(2 * info.contextTokens());
  }

  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("20 s passed").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
