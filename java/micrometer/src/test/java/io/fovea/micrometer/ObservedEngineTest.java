package io.fovea.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.InvalidRequestException;
import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.TokenStream;
import io.fovea.engine.Usage;
import io.fovea.image.ImageInput;
import io.fovea.sampling.SamplingOptions;
import io.micrometer.observation.Observation;
import io.micrometer.observation.tck.ObservationContextAssert;
import io.micrometer.observation.tck.TestObservationRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is observed of each way of asking, against what the engine answered. */
@Timeout(120)
class ObservedEngineTest {
  private static final String QUESTION = "What hides behind the curtain?";

  private static FoveaEngine engine;
  private static EncodedImage image;

  private final TestObservationRegistry registry = TestObservationRegistry.create();
  private final StoppedContexts stopped = new StoppedContexts();
  private ObservedEngine observed;

  @BeforeAll
  static void load() {
    engine = Bundled.engine().build();
    image = engine.encode(ImageInput.of(Bundled.picture()));
  }

  @BeforeEach
  void observe() {
    observed = new ObservedEngine(engine, "shapes", registry);
    registry.observationConfig().observationHandler(stopped);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  /** The only observation, ended; it holds nothing of what was asked. */
  private ObservationContextAssert<?> only(String operation, String kind) {
    Observation.Context context = stopped.awaitOnly();
    assertThat(context.getAllKeyValues())
        .allSatisfy(each -> assertThat(each.getValue()).doesNotContain("curtain", "the green"));
    return ObservationContextAssert.assertThat(context)
        .hasNameEqualTo("gen_ai.inference")
        .hasContextualNameEqualTo(operation + " shapes")
        .hasLowCardinalityKeyValue("gen_ai.operation.name", operation)
        .hasLowCardinalityKeyValue("gen_ai.provider.name", "fovea")
        .hasLowCardinalityKeyValue("gen_ai.request.model", "shapes")
        .hasLowCardinalityKeyValue("gen_ai.response.model", "shapes")
        .hasLowCardinalityKeyValue("fovea.request.kind", kind);
  }

  private ObservationContextAssert<?> onlyAnswered(
      String operation, String kind, String reasons, Usage... usages) {
    int input = 0;
    int output = 0;
    for (Usage usage : usages) {
      input += usage.promptTokens();
      output += usage.completionTokens() + usage.forcedTokens();
    }
    assertThat(output).isPositive();
    return only(operation, kind)
        .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", reasons)
        .hasHighCardinalityKeyValue("gen_ai.usage.input_tokens", Integer.toString(input))
        .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", Integer.toString(output))
        .doesNotHaveHighCardinalityKeyValueWithKey("error.type")
        .doesNotHaveError();
  }

  private void onlyFailed(Class<? extends Throwable> error) {
    Observation.Context context = stopped.awaitOnly();
    ObservationContextAssert.assertThat(context)
        .hasHighCardinalityKeyValue("error.type", error.getName());
    assertThat(context.getError()).isInstanceOf(error);
    assertThat(String.valueOf(context.getError())).doesNotContain("curtain");
  }

  private static String reasons(Answer answer) {
    return "[\"" + answer.finish().name().toLowerCase(Locale.ROOT) + "\"]";
  }

  private static ChatRequest chat(int tokens) {
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(tokens).build();
    return ChatRequest.about(image, QUESTION).options(options).build();
  }

  @Test
  void aQuestionIsAChat() {
    GenerationOptions options =
        GenerationOptions.builder()
            .maxNewTokens(3)
            .sampling(SamplingOptions.builder().temperature(0.5f).topP(0.75f).seed(7L).build())
            .build();
    Answer answer = observed.ask(image, QUESTION, options);
    onlyAnswered("chat", "chat", reasons(answer), answer.usage())
        .hasHighCardinalityKeyValue("gen_ai.request.max_tokens", "3")
        .hasHighCardinalityKeyValue("gen_ai.request.temperature", "0.5")
        .hasHighCardinalityKeyValue("gen_ai.request.top_p", "0.75")
        .hasHighCardinalityKeyValue("gen_ai.request.seed", "7")
        .doesNotHaveHighCardinalityKeyValueWithKey("gen_ai.request.top_k")
        .doesNotHaveHighCardinalityKeyValueWithKey("gen_ai.request.stream");
  }

  @Test
  void severalPhrasesAreOneObservation() {
    List<Grounding> found =
        observed.locate(image, List.of("the green square", "the yellow diamond"));
    onlyAnswered(
            "generate_content",
            "locate",
            "[\"stop\",\"stop\"]",
            found.get(0).usage(),
            found.get(1).usage())
        .doesNotHaveHighCardinalityKeyValueWithKey("gen_ai.request.max_tokens")
        .hasHighCardinalityKeyValue("gen_ai.request.temperature", "0.0");
  }

  @Test
  void aFreeAnswerWithBoxesHasALimit() {
    LocateOptions free = LocateOptions.builder().constrained(false).maxNewTokens(9).build();
    observed.locateAsync(image, "the green square", free).join();
    only("generate_content", "locate").hasHighCardinalityKeyValue("gen_ai.request.max_tokens", "9");
  }

  @Test
  void aCaptionIsObservedLater() {
    Caption caption = observed.captionAsync(image).join();
    onlyAnswered("generate_content", "caption", "[\"stop\"]", caption.usage());
  }

  @Test
  void anEncodedPictureHasNoTokens() {
    observed.encode(ImageInput.of(Bundled.picture())).close();
    only("encode_image", "encode")
        .doesNotHaveHighCardinalityKeyValueWithKey("gen_ai.usage.input_tokens")
        .doesNotHaveHighCardinalityKeyValueWithKey("gen_ai.request.temperature")
        .doesNotHaveError();
  }

  @Test
  void aStreamEndsWithItsAnswerThoughNobodyReads() {
    TokenStream stream = observed.stream(chat(3));
    Answer answer = stream.answer().toCompletableFuture().join();
    assertThat(answer.text()).isEqualTo(engine.chat(chat(3)).text());
    onlyAnswered("chat", "chat", reasons(answer), answer.usage())
        .hasHighCardinalityKeyValue("gen_ai.request.stream", "true");
  }

  @Test
  void aClosedStreamIsACancelledRequest() {
    try (Bundled.Gate gate = new Bundled.Gate();
        FoveaEngine held = Bundled.engine().listener(gate).build()) {
      ObservedEngine both = new ObservedEngine(held, "shapes", registry);
      TokenStream stream = both.stream(ChatRequest.textOnly(QUESTION).build());
      gate.awaitStep(1);
      stream.close();
      gate.close();
      onlyFailed(GenerationCancelledException.class);
      only("chat", "chat")
          .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"cancelled\"]");
    }
  }

  @Test
  void aPublishedAnswerIsObservedFromSubscriptionToEnd() {
    Flow.Publisher<TokenEvent> publisher = observed.publish(chat(3));
    assertThat(stopped.contexts()).isEmpty();
    AnswerSubscriber subscriber = new AnswerSubscriber(Long.MAX_VALUE);
    publisher.subscribe(subscriber);
    Answer answer = subscriber.answer.join();
    onlyAnswered("chat", "chat", reasons(answer), answer.usage());
  }

  @Test
  void aCancelledSubscriptionIsACancelledRequest() {
    AnswerSubscriber subscriber = new AnswerSubscriber(1);
    observed.publish(chat(100)).subscribe(subscriber);
    subscriber.first.join();
    subscriber.subscription.join().cancel();
    onlyFailed(GenerationCancelledException.class);
  }

  @Test
  void itBelongsToTheObservationOfItsCaller() {
    Observation caller = Observation.start("caller", registry);
    Flow.Publisher<TokenEvent> publisher =
        caller.scoped(() -> observed.publish(chat(3))); // subscribed to outside
    AnswerSubscriber subscriber = new AnswerSubscriber(Long.MAX_VALUE);
    publisher.subscribe(subscriber);
    subscriber.answer.join();
    CompletableFuture<Answer> later = caller.scoped(() -> observed.chatAsync(chat(3)));
    later.join();
    caller.scoped(() -> observed.chat(chat(3)));
    assertThat(registry.getCurrentObservation()).isNull();
    Bundled.await(() -> stopped.contexts().size() == 3);
    assertThat(stopped.contexts())
        .allSatisfy(each -> assertThat(each.getParentObservation()).isSameAs(caller));
    caller.stop();
  }

  @Test
  void whatCanNeverBeServedIsAnError() {
    ChatRequest endless = ChatRequest.about(image, QUESTION.repeat(1000)).build();
    assertThatThrownBy(() -> observed.chat(endless)).isInstanceOf(InvalidRequestException.class);
    onlyFailed(InvalidRequestException.class);
  }

  @Test
  void anAsynchronousCallThatThrowsIsAnError() {
    assertThatThrownBy(() -> observed.askAsync(image, " ", GenerationOptions.defaults()))
        .isInstanceOf(InvalidRequestException.class);
    onlyFailed(InvalidRequestException.class);
  }

  @Test
  void aDeadlineIsAnErrorOfItsOwn() {
    GenerationOptions hasty = GenerationOptions.builder().deadline(Duration.ofNanos(1)).build();
    assertThatThrownBy(() -> observed.ask(image, QUESTION, hasty))
        .isInstanceOf(DeadlineExceededException.class);
    onlyFailed(DeadlineExceededException.class);
  }

  @Test
  void aDeadlineOfAStreamIsTheSameError() {
    GenerationOptions hasty = GenerationOptions.builder().deadline(Duration.ofNanos(1)).build();
    observed.stream(chat(3).toBuilder().options(hasty).build()).forEach(event -> {});
    onlyFailed(DeadlineExceededException.class);
  }

  @Test
  void aCancelledFutureIsAnError() {
    try (Bundled.Gate gate = new Bundled.Gate();
        FoveaEngine held = Bundled.engine().listener(gate).build()) {
      ObservedEngine both = new ObservedEngine(held, "shapes", registry);
      CompletableFuture<Answer> future = both.chatAsync(ChatRequest.textOnly(QUESTION).build());
      gate.awaitStep(1);
      assertThat(future.cancel(true)).isTrue();
      onlyFailed(CancellationException.class);
      gate.close();
    }
  }

  @Test
  void allElseIsTheEngines() {
    assertThat(observed.model()).isSameAs(engine.model());
    assertThat(observed.device()).isSameAs(engine.device());
    assertThat(observed.health()).isEqualTo(engine.health());
    assertThat(observed.captionRequest(image, GenerationOptions.defaults()))
        .isEqualTo(engine.captionRequest(image, GenerationOptions.defaults()));
    assertThat(observed.askRequest(List.of(image), QUESTION, GenerationOptions.defaults()))
        .isEqualTo(engine.askRequest(List.of(image), QUESTION, GenerationOptions.defaults()));
    assertThat(observed.stats().kvPagesTotal()).isEqualTo(engine.stats().kvPagesTotal());
    assertThat(stopped.contexts()).isEmpty();
  }
}
