package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.LONG;
import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.EngineClosedException;
import io.fovea.GenerationCancelledException;
import io.fovea.RequestRejectedException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers token by token: published, polled. */
@Timeout(120)
class AnswerPublisherTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ChatRequest BRIEF = request(9);

  private static ChatRequest request(int tokens) {
    return ChatRequest.textOnly("hello")
        .options(GenerationOptions.builder().maxNewTokens(tokens).build())
        .build();
  }

  /** Notes what it is told. */
  private static final class Reader implements Flow.Subscriber<TokenEvent> {
    final List<TokenEvent> events = new CopyOnWriteArrayList<>();
    final CountDownLatch subscribed = new CountDownLatch(1);
    final CountDownLatch ended = new CountDownLatch(1);
    volatile Flow.@Nullable Subscription subscription;
    volatile @Nullable Throwable error;
    volatile @Nullable Thread thread;

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      subscribed.countDown();
    }

    @Override
    public void onNext(TokenEvent event) {
      thread = Thread.currentThread();
      events.add(event);
    }

    @Override
    public void onError(Throwable failure) {
      error = failure;
      ended.countDown();
    }

    @Override
    public void onComplete() {
      ended.countDown();
    }

    Flow.Subscription subscription() throws InterruptedException {
      assertThat(subscribed.await(1, TimeUnit.MINUTES)).isTrue();
      return Objects.requireNonNull(subscription);
    }

    void awaitEnd() throws InterruptedException {
      assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
    }

    String text() {
      return String.join("", events.stream().map(TokenEvent::text).toList());
    }
  }

  @Test
  void eachSubscriberGetsTheWholeAnswer() throws InterruptedException {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      String expected = engine.chat(BRIEF).text();
      Flow.Publisher<TokenEvent> publisher = engine.publish(BRIEF);
      for (int i = 0; i < 2; i++) {
        Reader reader = new Reader();
        publisher.subscribe(reader);
        reader.subscription().request(Long.MAX_VALUE);
        reader.awaitEnd();
        assertThat(reader.error).isNull();
        assertThat(reader.text()).isEqualTo(expected);
        TokenEvent last = reader.events.get(reader.events.size() - 1);
        assertThat(((TokenEvent.Done) last).answer().text()).isEqualTo(expected);
        assertThat(reader.thread)
            .isNotNull()
            .extracting(Thread::getName)
            .isNotEqualTo("fovea-engine");
      }
      EngineTest.await(() -> engine.stats().completed() == 3);
      assertNothingLeaks(engine);
    }
  }

  /** Who asks for little gets little, and the engine does not wait for it. */
  @Test
  void noMoreComesThanWasAskedFor() throws InterruptedException {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      Reader reader = new Reader();
      engine.publish(BRIEF).subscribe(reader);
      reader.subscription().request(2);
      EngineTest.await(() -> engine.stats().completed() == 1);
      EngineTest.await(() -> reader.events.size() == 2);
      Thread.sleep(50);
      assertThat(reader.events).hasSize(2);
      assertThat(reader.ended.getCount()).isOne();
      reader.subscription().request(Long.MAX_VALUE);
      reader.awaitEnd();
      assertThat(reader.text()).isEqualTo(engine.chat(BRIEF).text());
    }
  }

  @Test
  void aClosedSubscriptionEndsTheRequest() throws InterruptedException {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      Reader reader = new Reader();
      engine.publish(ChatRequest.textOnly("hello").options(LONG).build()).subscribe(reader);
      reader.subscription().request(1);
      EngineTest.await(() -> reader.events.size() == 1);
      reader.subscription().cancel();
      EngineTest.await(() -> engine.stats().cancelled() == 1);
      assertThat(reader.events).hasSize(1);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void aWrongRequestIsAnErrorAndTheEnd() throws InterruptedException {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      Reader reader = new Reader();
      engine.publish(ChatRequest.textOnly("hello").options(LONG).build()).subscribe(reader);
      reader.subscription().request(0);
      reader.awaitEnd();
      assertThat(reader.error).isInstanceOf(IllegalArgumentException.class);
      EngineTest.await(() -> engine.stats().cancelled() == 1);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void aFullQueueIsAnErrorOfTheSubscriber() throws InterruptedException {
    try (FoveaEngine engine = GOLDEN.slowEngine().queueCapacity(1).maxRunning(1).build()) {
      ChatRequest lasting = ChatRequest.textOnly("hello").options(LONG).build();
      engine.publish(lasting).subscribe(new Reader());
      EngineTest.await(() -> engine.stats().running() == 1);
      engine.publish(lasting).subscribe(new Reader());
      Reader refused = new Reader();
      engine.publish(lasting).subscribe(refused);
      refused.awaitEnd();
      assertThat(refused.error).isInstanceOf(RequestRejectedException.class);
      assertThat(refused.subscription()).isNotNull();
    }
  }

  @Test
  void anExecutorThatTakesNoMoreLosesNothing() throws InterruptedException {
    Executor ended =
        task -> {
          throw new RejectedExecutionException("shut down");
        };
    try (FoveaEngine engine = GOLDEN.engine().executor(ended).build()) {
      Reader reader = new Reader();
      engine.publish(BRIEF).subscribe(reader);
      reader.subscription().request(Long.MAX_VALUE);
      reader.awaitEnd();
      assertThat(reader.error).isNull();
      assertThat(reader.text()).isEqualTo(engine.chat(BRIEF).text());
    }
  }

  @Test
  void aStreamCanBePolled() {
    try (FoveaEngine engine = GOLDEN.engine().build();
        TokenStream stream = engine.stream(BRIEF)) {
      StringBuilder text = new StringBuilder();
      while (!stream.isEnded()) {
        TokenEvent event =
            text.length() % 2 == 0 ? stream.poll() : stream.poll(Duration.ofMillis(5));
        text.append(event == null ? "" : event.text());
      }
      assertThat(text).hasToString(engine.chat(BRIEF).text());
      assertThat(stream.poll()).isNull();
      assertThat(stream.poll(Duration.ofDays(1))).isNull();
    }
  }

  @Test
  void anInterruptedStreamStaysEnded() {
    try (FoveaEngine engine = GOLDEN.engine().build();
        TokenStream stream = engine.stream(BRIEF)) {
      EngineTest.await(() -> engine.stats().completed() == 1); // all events are there
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> stream.poll(Duration.ofDays(1)))
          .isInstanceOf(GenerationCancelledException.class);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(stream.poll()).isNull();
      assertThat(stream.isEnded()).isTrue();
    }
  }

  @Test
  void aStreamThatFailsSaysSoOnce() {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      TokenStream stream = engine.stream(ChatRequest.textOnly("hello").options(LONG).build());
      engine.close();
      TokenEvent last = null;
      while (!stream.isEnded()) {
        TokenEvent event = stream.poll(Duration.ofSeconds(1));
        last = event == null ? last : event;
      }
      assertThat(last).isInstanceOf(TokenEvent.Done.class);
      assertThat(((TokenEvent.Done) Objects.requireNonNull(last)).answer().finish())
          .isEqualTo(FinishReason.CANCELLED);
      assertThatThrownBy(() -> engine.publish(BRIEF)).isInstanceOf(EngineClosedException.class);
    }
  }

  @Test
  void aStreamTellsItsEndThoughNobodyReads() throws Exception {
    try (FoveaEngine engine = GOLDEN.engine().build();
        TokenStream stream = engine.stream(BRIEF)) {
      CompletableFuture<Thread> told = new CompletableFuture<>();
      CompletionStage<Answer> end = stream.answer();
      end.whenComplete((answer, error) -> told.complete(Thread.currentThread()));
      Answer answer = end.toCompletableFuture().get(1, TimeUnit.MINUTES);
      assertThat(answer.text()).isEqualTo(engine.chat(BRIEF).text());
      assertThat(told.get(1, TimeUnit.MINUTES)).isNotInstanceOf(EngineThread.class);
      TokenEvent last = null;
      for (TokenEvent event : stream) {
        last = event;
      }
      assertThat(last).isEqualTo(new TokenEvent.Done(answer));
    }
  }

  @Test
  void endingTheStageLeavesTheStreamAlone() throws Exception {
    try (FoveaEngine engine = GOLDEN.slowEngine().build();
        TokenStream stream = engine.stream(ChatRequest.textOnly("hello").options(LONG).build())) {
      assertThat(stream.answer().toCompletableFuture().cancel(true)).isTrue();
      assertThat(stream.poll(Duration.ofMinutes(1))).isInstanceOf(TokenEvent.Token.class);
      stream.close();
      Answer answer = stream.answer().toCompletableFuture().get(1, TimeUnit.MINUTES);
      assertThat(answer.finish()).isEqualTo(FinishReason.CANCELLED);
    }
  }
}
