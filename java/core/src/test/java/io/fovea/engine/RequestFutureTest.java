package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.LONG;
import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeadlineExceededException;
import io.fovea.ImageException;
import io.fovea.image.ImageInput;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that come later: what ends a future ends its request. */
@Timeout(120)
class RequestFutureTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());

  @Test
  void aTimeoutEndsTheRequest() {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      CompletableFuture<Answer> future =
          engine
              .chatAsync(ChatRequest.textOnly("hello").options(LONG).build())
              .orTimeout(5, TimeUnit.MILLISECONDS);
      assertThat(future.handle((answer, error) -> error).join())
          .isInstanceOf(TimeoutException.class);
      EngineTest.await(() -> engine.stats().cancelled() == 1);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void cancellingWhatDependsOnARequestEndsIt() {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      CompletableFuture<Integer> derived =
          engine
              .chatAsync(ChatRequest.textOnly("hello").options(LONG).build())
              .thenApply(Answer::text)
              .thenApply(String::length);
      EngineTest.await(() -> engine.stats().running() == 1);
      assertThat(derived.cancel(false)).isTrue();
      EngineTest.await(() -> engine.stats().cancelled() == 1);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void picturesAreEncodedLaterOrNotAtAll() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      EncodeOptions options = EncodeOptions.defaults();
      try (EncodedImage image = engine.encodeAsync(PICTURE, options).join()) {
        assertThat(engine.ask(image, "What?").text()).isNotEmpty();
      }
      for (int i = 0; i < 20; i++) {
        CompletableFuture<EncodedImage> image = engine.encodeAsync(PICTURE, options);
        if (!image.cancel(true)) { // it was there already, and is the caller's
          image.join().close();
        }
      }
      assertThat(
              engine
                  .encodeAsync(ImageInput.of(new byte[] {1, 2, 3}), options)
                  .handle((image, error) -> error)
                  .join())
          .isInstanceOf(ImageException.class);
      EngineTest.await(() -> engine.stats().cancelled() + engine.stats().completed() == 22);
      EncodeOptions late = options.toBuilder().deadline(Duration.ofNanos(1)).build();
      assertThatThrownBy(() -> engine.encode(PICTURE, late))
          .isInstanceOf(DeadlineExceededException.class);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void anExecutorThatTakesNoMoreCostsNoPlace() {
    List<RuntimeException> failures =
        List.of(new RejectedExecutionException("full"), new IllegalStateException("not started"));
    for (RuntimeException failure : failures) {
      Executor full =
          task -> {
            throw failure;
          };
      try (FoveaEngine engine = GOLDEN.engine().queueCapacity(1).executor(full).build()) {
        for (int i = 0; i < 3; i++) {
          assertThat(engine.encodeAsync(PICTURE).handle((image, error) -> error).join())
              .isSameAs(failure);
        }
        engine.encode(PICTURE).close();
        assertNothingLeaks(engine);
      }
    }
  }

  /** An application that ends its executor before the engine. */
  @Test
  void whatAnExecutorTakesNoMoreComesAllTheSame() {
    AtomicInteger left = new AtomicInteger(1); // for the decoding
    Executor ending =
        task -> {
          if (left.getAndDecrement() <= 0) {
            throw new RejectedExecutionException("shut down");
          }
          Handover.commonPool().execute(task);
        };
    try (FoveaEngine engine = GOLDEN.engine().executor(ending).build()) {
      try (EncodedImage image = engine.encodeAsync(PICTURE).orTimeout(1, TimeUnit.MINUTES).join()) {
        Answer answer = engine.askAsync(image, "What?").orTimeout(1, TimeUnit.MINUTES).join();
        assertThat(answer.text()).isEqualTo(engine.ask(image, "What?").text());
      }
      assertNothingLeaks(engine);
    }
  }

  /** An executor may be slow, or drop what it was given. */
  @Test
  void aPictureThatNoThreadHasTakenCanBeCancelled() {
    try (FoveaEngine engine = GOLDEN.engine().queueCapacity(1).executor(task -> {}).build()) {
      CompletableFuture<EncodedImage> dropped = engine.encodeAsync(PICTURE);
      assertThat(dropped.cancel(true)).isTrue();
      engine.encode(PICTURE).close(); // the place is free again
      EngineTest.await(() -> engine.stats().cancelled() == 1);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void cancelledFutureEndsItsRequest() {
    try (FoveaEngine engine = GOLDEN.slowEngine().build()) {
      CompletableFuture<Answer> future =
          engine.chatAsync(ChatRequest.textOnly("hello").options(LONG).build());
      EngineTest.await(() -> engine.stats().running() == 1);
      assertThat(future.cancel(true)).isTrue();
      assertNothingLeaks(engine);
      assertThat(engine.stats().cancelled()).isEqualTo(1);
    }
  }

  /** Also where the executor runs everything at once, as a pool that is full may do. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dependentsNeverRunOnTheEngineThread(boolean atOnce) {
    EngineBuilder builder = GOLDEN.slowEngine();
    try (FoveaEngine engine = (atOnce ? builder.executor(Runnable::run) : builder).build()) {
      GenerationOptions brief = GenerationOptions.builder().maxNewTokens(2).build();
      ChatRequest request = ChatRequest.textOnly("hello").options(brief).build();
      // A request from within a dependent would wait for ever on the engine's own thread.
      String nested =
          engine
              .chatAsync(request)
              .thenApply(answer -> engine.chat(request).text())
              .orTimeout(1, TimeUnit.MINUTES)
              .join();
      assertThat(nested).isEqualTo(engine.chat(request).text());
    }
  }
}
