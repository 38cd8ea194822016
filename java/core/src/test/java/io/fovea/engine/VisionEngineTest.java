package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.LONG;
import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.InvalidRequestException;
import io.fovea.RequestRejectedException;
import io.fovea.grounding.Box;
import io.fovea.image.ImageInput;
import io.fovea.sampling.SamplingOptions;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The forms in which the same is asked, and what comes back. */
@Timeout(120)
class VisionEngineTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());
  private static final GenerationOptions BRIEF =
      GenerationOptions.builder().maxNewTokens(6).build();
  private static final LocateOptions TWO_BOXES = LocateOptions.builder().maxBoxes(2).build();

  @Test
  void allFormsOfAQuestionGetTheSameAnswer() {
    try (VisionEngine engine = GOLDEN.engine().build();
        EncodedImage image = engine.encode(PICTURE)) {
      assertThat(engine.askAsync(image, "What?", BRIEF).join().text())
          .isEqualTo(engine.ask(image, "What?", BRIEF).text());
      assertThat(engine.captionAsync(image, BRIEF).join().text())
          .isEqualTo(engine.caption(image, BRIEF).text());
      Grounding cat = engine.locate(image, "the cat", TWO_BOXES);
      Grounding dog = engine.locate(image, "a dog", TWO_BOXES);
      assertThat(engine.locateAsync(image, "the cat", TWO_BOXES).join().regions())
          .isEqualTo(cat.regions());
      List<String> phrases = List.of("the cat", "a dog");
      assertThat(engine.locate(image, phrases, TWO_BOXES))
          .extracting(Grounding::regions)
          .containsExactly(cat.regions(), dog.regions());
      assertThat(engine.locateAsync(image, phrases, TWO_BOXES).join())
          .extracting(Grounding::text)
          .containsExactly(cat.text(), dog.text());
    }
  }

  @Test
  void textOnlyIsAskedByName() {
    try (VisionEngine engine = GOLDEN.engine().build()) {
      Answer answer = engine.askTextOnly("What?", BRIEF);
      assertThat(answer.usage().imageTokens()).isZero();
      assertThat(engine.chat(ChatRequest.textOnly("What?").options(BRIEF).build()).text())
          .isNotNull();
    }
  }

  @Test
  void boxesKnowTheirPixelsAndTheirPicture() {
    try (VisionEngine engine = GOLDEN.engine().build();
        EncodedImage image = engine.encode(PICTURE)) {
      Grounding found = engine.locate(image, "the cat", TWO_BOXES);
      assertThat(found.imageSize()).isEqualTo(image.size());
      assertThat(found.finish()).isEqualTo(FinishReason.STOP);
      assertThat(found.regions())
          .isNotEmpty()
          .allSatisfy(
              region -> assertThat(region.pixels()).isEqualTo(region.box().toPixels(image.size())));
    }
  }

  /** All phrases or none: the places of a batch are taken at once. */
  @Test
  void aBatchFindsRoomAsAWhole() {
    try (FoveaEngine engine = GOLDEN.slowEngine().queueCapacity(4).maxRunning(1).build();
        EncodedImage image = engine.encode(PICTURE)) {
      List<CompletableFuture<Answer>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        others.add(engine.chatAsync(ChatRequest.textOnly("hello").options(LONG).build()));
        if (i == 0) {
          EngineTest.await(() -> engine.stats().running() == 1);
        }
      }
      List<String> three = List.of("a", "b", "c");
      assertThatThrownBy(() -> engine.locate(image, three))
          .isInstanceOf(RequestRejectedException.class);
      EngineTest.await(() -> engine.stats().waiting() == 2); // as of the last step
      assertThatThrownBy(() -> engine.locate(image, List.of("a", "b", "c", "d", "e")))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContainingAll("5 requests at once", "queue holds 4", "queueCapacity");
      assertThat(engine.locateAsync(image, three, TWO_BOXES).handle((g, error) -> error).join())
          .isInstanceOf(RequestRejectedException.class);
      others.forEach(other -> other.cancel(true));
      assertThat(engine.locate(image, three)).hasSize(3);
      image.close();
      assertNothingLeaks(engine);
    }
  }

  @Test
  void cancellingABatchEndsAllOfIt() {
    try (FoveaEngine engine = GOLDEN.slowEngine().maxRunning(1).build();
        EncodedImage image = engine.encode(PICTURE)) {
      CompletableFuture<Answer> first =
          engine.chatAsync(ChatRequest.textOnly("hello").options(LONG).build());
      EngineTest.await(() -> engine.stats().running() == 1);
      CompletableFuture<List<Grounding>> batch =
          engine.locateAsync(image, List.of("a", "b", "c"), TWO_BOXES);
      assertThat(batch.cancel(true)).isTrue();
      EngineTest.await(() -> engine.stats().cancelled() == 3);
      first.cancel(true);
      image.close();
      assertNothingLeaks(engine);
    }
  }

  @Test
  void aBatchWithABlankPhraseHoldsNothing() {
    try (FoveaEngine engine = GOLDEN.engine().build();
        EncodedImage image = engine.encode(PICTURE)) {
      assertThatThrownBy(() -> engine.locate(image, List.of("a", " ")))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("phrase is empty");
      assertThatThrownBy(() -> engine.locate(image, List.<String>of()))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("no phrase");
      image.close();
      assertNothingLeaks(engine);
    }
  }

  /** However many they are: a list that comes from outside must not cost what it weighs. */
  @Test
  void tooManyPhrasesAreRefusedBeforeTheyAreRead() {
    try (FoveaEngine engine = GOLDEN.engine().build();
        EncodedImage image = engine.encode(PICTURE)) {
      List<String> many = Collections.nCopies(1_000_000, "the cat");
      long before = System.nanoTime();
      assertThatThrownBy(() -> engine.locate(image, many))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("1000000 requests at once");
      assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(20));
      LocateOptions own = LocateOptions.builder().prompt("Where is it?").build();
      assertThatThrownBy(() -> engine.locate(image, List.of("a", "b"), own))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("one prompt for 2 phrases");
      assertThatThrownBy(() -> engine.locate(image, Arrays.asList("a", null))).hasMessage("phrase");
      assertThatThrownBy(() -> engine.ask(image, " ")).isInstanceOf(InvalidRequestException.class);
      assertThatThrownBy(() -> LocateOptions.builder().prompt(" ").build())
          .isInstanceOf(InvalidRequestException.class);
      assertThatThrownBy(
              () -> LocateOptions.builder().presence(PresenceCheck.SKIP).leastPresence(0.5).build())
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("presence is SKIP");
      assertThatThrownBy(() -> GOLDEN.engine().threads(100_000).build())
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("threads is 100000");
    }
  }

  /** A shutdown that a close has cut short has not finished what was there. */
  @Test
  void aShutdownThatIsCutShortSaysSo() {
    FoveaEngine engine = GOLDEN.slowEngine().build();
    CompletableFuture<Answer> endless =
        engine.chatAsync(ChatRequest.textOnly("hello").options(LONG).build());
    EngineTest.await(() -> engine.stats().running() == 1);
    CompletableFuture<Boolean> finished =
        CompletableFuture.supplyAsync(
            () -> engine.shutdown(Duration.ofMinutes(1)), task -> new Thread(task).start());
    EngineTest.await(() -> engine.health().state() == EngineHealth.State.DRAINING);
    assertThat(engine.stats().running()).isOne(); // which a drain wants to be watched by
    engine.close();
    assertThat(finished.join()).isFalse();
    assertThat(endless.isCompletedExceptionally() || !endless.isDone()).isTrue();
  }

  /** It would wait for itself. */
  @Test
  void aListenerCannotWaitForItsEngine() {
    CompletableFuture<FoveaEngine> self = new CompletableFuture<>();
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    EngineListener asks =
        new EngineListener() {
          @Override
          public void step(StepEvent event) {
            try {
              self.join().askTextOnly("What?", BRIEF);
            } catch (RuntimeException e) {
              thrown.complete(e);
            }
          }
        };
    try (FoveaEngine engine = GOLDEN.engine().listener(asks).build()) {
      self.complete(engine);
      engine.askTextOnly("What?", BRIEF);
      assertThat(thrown.join())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another thread");
    }
  }

  @Test
  void drawsAreOthersEachTimeAndTellTheirSeed() {
    try (VisionEngine engine = GOLDEN.engine().build()) {
      SamplingOptions warm = SamplingOptions.builder().temperature(2).build();
      GenerationOptions options =
          GenerationOptions.builder().sampling(warm).maxNewTokens(24).build();
      Answer first = engine.askTextOnly("What?", options);
      Answer second = engine.askTextOnly("What?", options);
      assertThat(first.seed()).isNotNull().isNotEqualTo(second.seed());
      assertThat(second.text()).isNotEqualTo(first.text());
      GenerationOptions again =
          options.toBuilder().sampling(warm.toBuilder().seed(first.seed()).build()).build();
      assertThat(engine.askTextOnly("What?", again).text()).isEqualTo(first.text());
      assertThat(engine.askTextOnly("What?", BRIEF).seed()).isNull();
    }
  }

  @Test
  void healthIsToldAtEveryStage() {
    FoveaEngine engine = GOLDEN.engine().build();
    try (engine) {
      assertThat(engine.health().isServing()).isTrue();
    }
    assertThat(engine.health().state()).isEqualTo(EngineHealth.State.CLOSED);
    assertThat(engine.health().isServing()).isFalse();
    assertThat(engine.health().cause()).isNull();
  }

  /** Spring's lazy beans and CDI's scopes make such proxies. */
  @Test
  void proxiesOfTheInterfaceWork() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      VisionEngine proxy =
          (VisionEngine)
              Proxy.newProxyInstance(
                  VisionEngine.class.getClassLoader(),
                  new Class<?>[] {VisionEngine.class},
                  (self, method, arguments) -> method.invoke(engine, arguments));
      try (EncodedImage image = proxy.encode(PICTURE)) {
        assertThat(proxy.locate(image, "the cat").regions()).isNotEmpty();
      }
    }
  }

  /** What a controller returns must become JSON as it is. */
  @Test
  void resultsBecomeJsonWithoutFurtherAdo() {
    try (VisionEngine engine = GOLDEN.engine().build();
        EncodedImage image = engine.encode(PICTURE)) {
      Grounding found = engine.locate(image, "the cat", TWO_BOXES);
      JsonNode json = new ObjectMapper().valueToTree(found.regions().get(0));
      Box box = found.regions().get(0).box();
      assertThat(json.get("phrase").asText()).isEqualTo("the cat");
      assertThat(json.get("box").get("x1").asInt()).isEqualTo(box.x1());
      assertThat(json.get("pixels").get("left").isNumber()).isTrue();
      assertThat(json.get("confidence").isNumber()).isTrue();
      assertThat(json.get("shape").get("x1").asDouble()).isEqualTo(box.x1() / 1000.0);
      JsonNode usage = new ObjectMapper().valueToTree(found.usage());
      assertThat(usage.get("promptTokens").asInt()).isPositive();
    }
  }
}
