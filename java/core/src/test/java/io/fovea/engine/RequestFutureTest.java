package io.fovea.engine;

import static io.fovea.engine.EngineConcurrencyTest.LONG;
import static io.fovea.engine.EngineConcurrencyTest.assertNothingLeaks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeadlineExceededException;
import io.fovea.ImageException;
import io.fovea.image.ImageInput;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Results that come later: what ends a future ends its request. */
@Timeout(120)
class RequestFutureTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");
  private static final ImageInput PICTURE = Objects.requireNonNull(GOLDEN.input());

  @Test
  void aTimeoutEndsTheRequest() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      CompletableFuture<Answer> future =
          engine
              .chatAsync(ChatRequest.of("hello").withOptions(LONG))
              .orTimeout(5, TimeUnit.MILLISECONDS);
      assertThat(future.handle((answer, error) -> error).join())
          .isInstanceOf(TimeoutException.class);
      EngineTest.await(() -> engine.stats().cancelled() == 1);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void cancellingWhatDependsOnARequestEndsIt() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      CompletableFuture<Integer> derived =
          engine
              .chatAsync(ChatRequest.of("hello").withOptions(LONG))
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
      EncodeOptions late = options.withDeadline(Duration.ofNanos(1));
      assertThatThrownBy(() -> engine.encode(PICTURE, late))
          .isInstanceOf(DeadlineExceededException.class);
      assertNothingLeaks(engine);
    }
  }

  @Test
  void anExecutorThatTakesNoMoreCostsNoPlace() {
    Executor full =
        task -> {
          throw new RejectedExecutionException("full");
        };
    try (FoveaEngine engine = GOLDEN.engine().queueCapacity(1).executor(full).build()) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> engine.encodeAsync(PICTURE, EncodeOptions.defaults()))
            .isInstanceOf(RejectedExecutionException.class);
      }
      engine.encode(PICTURE).close();
    }
  }

  @Test
  void cancelledFutureEndsItsRequest() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      CompletableFuture<Answer> future =
          engine.chatAsync(ChatRequest.of("hello").withOptions(LONG));
      EngineTest.await(() -> engine.stats().running() == 1);
      assertThat(future.cancel(true)).isTrue();
      assertNothingLeaks(engine);
      assertThat(engine.stats().cancelled()).isEqualTo(1);
    }
  }

  @Test
  void dependentsNeverRunOnTheEngineThread() {
    try (FoveaEngine engine = GOLDEN.engine().build()) {
      GenerationOptions brief = GenerationOptions.defaults().withMaxNewTokens(2);
      ChatRequest request = ChatRequest.of("hello").withOptions(brief);
      // A request from within a dependent would wait for ever on the engine's own thread.
      String nested =
          engine.chatAsync(request).thenApply(answer -> engine.chat(request).text()).join();
      assertThat(nested).isEqualTo(engine.chat(request).text());
    }
  }
}
