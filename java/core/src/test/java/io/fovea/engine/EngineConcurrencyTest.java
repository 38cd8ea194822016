package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeadlineExceededException;
import io.fovea.EngineClosedException;
import io.fovea.GenerationCancelledException;
import io.fovea.RequestRejectedException;
import io.fovea.image.ImageInput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several callers, and ends that come early. */
@Timeout(120)
class EngineConcurrencyTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());

  /** As long as the context allows: nobody finishes this by accident. */
  static final GenerationOptions LONG = GenerationOptions.builder().maxNewTokens(1_000_000).build();

  @Test
  void eightThreadsGetWhatEachWouldGetAlone() throws Exception {
    try (FoveaEngine engine = GOLDEN.engine().kvCacheTokens(1024).stepRows(50).build()) {
      List<EncodedImage> images = List.of(engine.encode(PICTURE), engine.encode(PICTURE));
      List<Supplier<String>> requests = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        EncodedImage image = images.get(i % 2);
        String query = "Question number " + i + "?";
        GenerationOptions options = GenerationOptions.builder().maxNewTokens(5 + 3 * i).build();
        requests.add(
            switch (i % 4) {
              case 0 -> () -> engine.ask(image, query, options).text();
              case 1 -> () -> engine.locate(image, query).text();
              case 2 ->
                  () -> engine.chat(ChatRequest.textOnly(query).options(options).build()).text();
              default ->
                  () -> streamed(engine, ChatRequest.about(image, query).options(options).build());
            });
      }
      List<String> alone = requests.stream().map(Supplier::get).toList();
      ExecutorService pool = Executors.newFixedThreadPool(8);
      List<Future<String>> together = new ArrayList<>();
      Random random = new Random(3);
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        order.add(random.nextInt(requests.size()));
      }
      order.forEach(index -> together.add(pool.submit(requests.get(index)::get)));
      for (int i = 0; i < order.size(); i++) {
        assertThat(together.get(i).get())
            .as("seed 3, request %d", i)
            .isEqualTo(alone.get(order.get(i)));
      }
      pool.shutdown();
      images.forEach(EncodedImage::close);
      assertNothingLeaks(engine);
    }
  }

  private static String streamed(FoveaEngine engine, ChatRequest request) {
    StringBuilder text = new StringBuilder();
    engine.stream(request).forEach(event -> text.append(event.text()));
    return text.toString();
  }

  @Test
  void cancelledStreamEndsWithWhatItHas() {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      TokenStream stream = engine.stream(ChatRequest.textOnly("hello").options(LONG).build());
      Iterator<TokenEvent> events = stream.iterator();
      StringBuilder text = new StringBuilder(events.next().text());
      stream.cancel();
      TokenEvent last = events.next();
      while (events.hasNext()) {
        text.append(last.text());
        last = events.next();
      }
      Answer answer = ((TokenEvent.Done) last).answer();
      assertThat(answer.finish()).isEqualTo(FinishReason.CANCELLED);
      assertThat(answer.text()).isEqualTo(text.toString());
      assertThatThrownBy(stream::iterator).isInstanceOf(IllegalStateException.class);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void closedStreamEndsItsRequest() {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      engine.stream(ChatRequest.textOnly("hello").options(LONG).build()).close();
      assertNothingLeaks(engine);
    }
  }

  @Test
  void deadlineKeepsThePartialText() {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      ChatRequest request =
          ChatRequest.textOnly("hello")
              .options(LONG.toBuilder().deadline(Duration.ofMillis(60)).build())
              .build();
      assertThatThrownBy(() -> engine.chat(request)).isInstanceOf(DeadlineExceededException.class);
      TokenEvent last = null;
      for (TokenEvent event : engine.stream(request)) {
        last = event;
      }
      assertThat(((TokenEvent.Done) Objects.requireNonNull(last)).answer().finish())
          .isEqualTo(FinishReason.DEADLINE);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void deadlineCountsWhileQueued() {
    try (FoveaEngine engine = GOLDEN.slowEngine().maxRunning(1).build()) {
      TokenStream first = engine.stream(ChatRequest.textOnly("hello").options(LONG).build());
      ChatRequest late =
          ChatRequest.textOnly("late")
              .options(
                  GenerationOptions.builder()
                      .maxNewTokens(1)
                      .deadline(Duration.ofMillis(1))
                      .build())
              .build();
      assertThatThrownBy(() -> engine.chat(late))
          .isInstanceOfSatisfying(
              DeadlineExceededException.class, e -> assertThat(e.partialText()).isEmpty());
      first.close();
      assertNothingLeaks(engine);
    }
  }

  @Test
  void interruptEndsARequest() throws InterruptedException {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  engine.chat(ChatRequest.textOnly("hello").options(LONG).build());
                } catch (GenerationCancelledException e) {
                  thrown.complete(e);
                  interrupted.complete(Thread.currentThread().isInterrupted());
                }
              });
      caller.start();
      EngineTest.await(() -> engine.stats().running() == 1);
      caller.interrupt();
      caller.join();
      assertThat(thrown).isCompleted();
      assertThat(interrupted.join()).isTrue();
      assertNothingLeaks(engine);
    }
  }

  /** One picture under two names is one picture. */
  @Test
  void thePictureThatIsOpenAlreadyIsNotEncodedAgain() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      EncodedImage first = engine.encode(PICTURE);
      EngineTest.await(() -> engine.stats().running() == 0);
      EngineStats before = engine.stats();
      EncodedImage second = engine.encode(PICTURE);
      EngineTest.await(() -> engine.stats().openImages() == 2);
      assertThat(engine.stats().deviceBytes()).isEqualTo(before.deviceBytes());
      assertThat(engine.stats().promptTokens()).isEqualTo(before.promptTokens() + 1);
      String expected = engine.ask(first, "What?").text();
      first.close();
      assertThat(engine.ask(second, "What?").text()).isEqualTo(expected);
      second.close();
      assertNothingLeaks(engine);
      assertThat(engine.stats().deviceBytes()).isLessThan(before.deviceBytes());
    }
  }

  @Test
  void aSecondTurnPaysOnlyForWhatIsNew() {
    try (FoveaEngine engine = GOLDEN.engine().build();
        EncodedImage image = engine.encode(PICTURE)) {
      GenerationOptions options = GenerationOptions.builder().maxNewTokens(20).build();
      ChatRequest first = ChatRequest.about(image, "Describe.").options(options).build();
      Usage before = engine.chat(first).usage();
      Usage again = engine.chat(first).usage();
      assertThat(again.cachedTokens()).isEqualTo(before.promptTokens() - 1);
    }
  }

  @Test
  void shutdownFinishesWhatIsThere() {
    FoveaEngine engine = GOLDEN.slowEngine().build();
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(30).build();
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      answers.add(engine.chatAsync(ChatRequest.textOnly("question " + i).options(options).build()));
    }
    assertThat(engine.shutdown(Duration.ofSeconds(60))).isTrue();
    answers.forEach(answer -> assertThat(answer.join().usage().completionTokens()).isPositive());
    assertThatThrownBy(() -> engine.chat(ChatRequest.textOnly("hello").build()))
        .isInstanceOf(EngineClosedException.class);
    FoveaEngine busy = GOLDEN.slowEngine().build();
    CompletableFuture<Answer> endless =
        busy.chatAsync(ChatRequest.textOnly("hello").options(LONG).build());
    assertThat(busy.shutdown(Duration.ofMillis(2))).isFalse();
    assertThat(endless.handle((answer, error) -> error).join())
        .isInstanceOf(GenerationCancelledException.class);
  }

  @Test
  void fullQueueRejects() {
    try (FoveaEngine engine = GOLDEN.slowEngine().maxRunning(1).queueCapacity(1).build()) {
      TokenStream running = engine.stream(ChatRequest.textOnly("hello").options(LONG).build());
      EngineTest.await(() -> engine.stats().running() == 1);
      TokenStream waiting = engine.stream(ChatRequest.textOnly("hello").options(LONG).build());
      assertThatThrownBy(() -> engine.stream(ChatRequest.textOnly("one too many").build()))
          .isInstanceOf(RequestRejectedException.class)
          .hasMessageContaining("queueCapacity");
      waiting.close();
      running.close();
      assertNothingLeaks(engine);
    }
  }

  @Test
  void imageClosedWhileInUseServesItsRequestsFirst() {
    try (FoveaEngine engine = GOLDEN.engine().maxBatch(2).build()) {
      EncodedImage image = engine.encode(PICTURE);
      GenerationOptions options = GenerationOptions.builder().maxNewTokens(30).build();
      ChatRequest request = ChatRequest.about(image, "Describe.").options(options).build();
      String expected = engine.chat(request).text();
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        answers.add(engine.chatAsync(request));
      }
      image.close();
      answers.forEach(answer -> assertThat(answer.join().text()).isEqualTo(expected));
      assertNothingLeaks(engine);
    }
  }

  /** More images than the cache holds: prefixes come and go, answers stay. */
  @Test
  void shortageOfPagesDelaysButChangesNothing() {
    try (FoveaEngine roomy = GOLDEN.engine().build();
        FoveaEngine tight = GOLDEN.engine().kvCacheTokens(192).build()) {
      GenerationOptions options = GenerationOptions.builder().maxNewTokens(20).build();
      EncodedImage image = roomy.encode(PICTURE);
      String expected = roomy.ask(image, "What?", options).text();
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        EncodedImage each = tight.encode(PICTURE);
        answers.add(tight.askAsync(each, "What?", options));
      }
      answers.forEach(answer -> assertThat(answer.join().text()).isEqualTo(expected));
    }
  }

  /** Answers outgrow the pages they began with: the young give way, come back and go on. */
  @Test
  void requestsThatGiveTheirPagesUpSayTheSame() {
    try (FoveaEngine roomy = GOLDEN.engine().build();
        FoveaEngine tight = GOLDEN.engine().kvCacheTokens(384).build()) {
      GenerationOptions options = GenerationOptions.builder().maxNewTokens(150).build();
      List<ChatRequest> requests = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        requests.add(ChatRequest.textOnly("question " + i).options(options).build());
      }
      List<String> alone = requests.stream().map(each -> roomy.chat(each).text()).toList();
      List<CompletableFuture<Answer>> answers = requests.stream().map(tight::chatAsync).toList();
      assertThat(answers.stream().map(answer -> answer.join().text()).toList()).isEqualTo(alone);
      EngineTest.await(() -> tight.stats().running() == 0);
      assertThat(tight.stats().preemptions()).isPositive();
      assertThat(tight.stats().repeatedTokens()).isPositive();
      assertThat(tight.stats().completed()).isEqualTo(12);
      assertNothingLeaks(tight);
    }
  }

  @Test
  void closeCancelsEverythingAndEndsTheThread() throws InterruptedException {
    FoveaEngine engine = GOLDEN.slowEngine().maxRunning(2).kvCacheTokens(8192).build();
    EncodedImage image = engine.encode(PICTURE);
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      answers.add(engine.chatAsync(ChatRequest.about(image, "hello").options(LONG).build()));
    }
    EngineTest.await(() -> engine.stats().running() == 2);
    List<Thread> closers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      closers.add(new Thread(engine::close));
    }
    closers.forEach(Thread::start);
    for (Thread closer : closers) {
      closer.join(TimeUnit.SECONDS.toMillis(20));
      assertThat(closer.isAlive()).isFalse();
    }
    for (CompletableFuture<Answer> answer : answers) {
      assertThat(answer.handle((found, error) -> error).join())
          .isInstanceOf(GenerationCancelledException.class);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("fovea-engine") && thread.isAlive());
    image.close();
    assertThatThrownBy(() -> engine.chat(ChatRequest.textOnly("hello").build()))
        .isInstanceOf(EngineClosedException.class)
        .hasMessageContaining("closed");
    assertThat(engine.stats().running()).isZero();
    assertThat(engine.model().layers()).isPositive();
  }

  /** Requests, cancellations and closes at any moment: all end, nothing is lost. */
  @Test
  void anyMixtureOfEndsLeavesNothingBehind() throws Exception {
    long seed = 11;
    try (FoveaEngine engine = GOLDEN.engine().kvCacheTokens(1024).queueCapacity(200).build()) {
      ExecutorService pool = Executors.newFixedThreadPool(4);
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        Random random = new Random(seed + thread);
        done.add(pool.submit(() -> disturb(engine, random)));
      }
      for (Future<?> each : done) {
        each.get();
      }
      pool.shutdown();
      assertNothingLeaks(engine);
    }
  }

  private static void disturb(FoveaEngine engine, Random random) {
    for (int round = 0; round < 12; round++) {
      try (EncodedImage image = engine.encode(PICTURE)) {
        GenerationOptions options =
            GenerationOptions.builder().maxNewTokens(1 + random.nextInt(40)).build();
        ChatRequest request = ChatRequest.about(image, "round " + round).options(options).build();
        switch (random.nextInt(4)) {
          case 0 -> engine.chatAsync(request).cancel(true);
          case 1 -> {
            try (TokenStream stream = engine.stream(request)) {
              stream.iterator().next();
            }
          }
          case 2 -> engine.locate(image, "it", LocateOptions.builder().maxBoxes(2).build());
          default -> engine.chat(request);
        }
      }
    }
  }

  /** All pages are free and no image is held, soon after the last handle was given back. */
  static void assertNothingLeaks(FoveaEngine engine) {
    EngineTest.await(
        () -> {
          EngineStats stats = engine.stats();
          return stats.running() == 0
              && stats.openImages() == 0
              && stats.kvPagesFree() == stats.kvPagesTotal();
        });
  }
}
