package io.fovea.micrometer;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.engine.Answer;
import io.fovea.engine.FinishReason;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A request under observation, from now until it is ended, on whatever thread, once. */
final class Inference {
  private static final GenAiConvention CONVENTION = new GenAiConvention();

  private final InferenceContext context;
  private final Observation observation;
  private final AtomicBoolean ended = new AtomicBoolean();

  private Inference(InferenceContext context, Observation observation) {
    this.context = context;
    this.observation = observation;
  }

  /** Begins below the observation that the calling thread is in. */
  static Inference begin(InferenceContext context, ObservationRegistry registry) {
    Observation made = Observation.createNotStarted(null, CONVENTION, () -> context, registry);
    return new Inference(context, made.start());
  }

  /** Calls on the engine within the observation; what the call throws ends it. */
  <T> T call(Supplier<T> call) {
    try {
      return observation.scoped(call);
    } catch (RuntimeException | Error e) {
      fail(e);
      throw e;
    }
  }

  /**
   * Waits for the end without waiting.
   *
   * @param end what a result means: {@link #answered} or {@link #streamed}
   */
  @SuppressWarnings("FutureReturnValueIgnored") // it is followed, not led
  <T> void follow(CompletionStage<T> result, Consumer<T> end) {
    result.whenComplete(
        (value, error) -> {
          if (error == null) {
            end.accept(value);
          } else {
            fail(error);
          }
        });
  }

  /** The request has ended with these answers. */
  void answered(List<Generation> answers) {
    if (ended.compareAndSet(false, true)) {
      context.generations(answers);
      observation.stop();
    }
  }

  /** The request has ended with an answer, perhaps with one cut short: that counts as an error. */
  void streamed(Answer answer) {
    if (ended.compareAndSet(false, true)) {
      context.generations(Generation.of(answer));
      if (answer.finish() == FinishReason.CANCELLED) {
        observation.error(new GenerationCancelledException("the request was cancelled", ""));
      } else if (answer.finish() == FinishReason.DEADLINE) {
        observation.error(new DeadlineExceededException("the deadline passed", ""));
      }
      observation.stop();
    }
  }

  /** Its reader wants no more of it. */
  void cancelled() {
    fail(new GenerationCancelledException("the request was cancelled", ""));
  }

  /** The request has ended with an exception. */
  void fail(Throwable error) {
    if (ended.compareAndSet(false, true)) {
      Throwable cause = error.getCause();
      observation.error(error instanceof CompletionException && cause != null ? cause : error);
      observation.stop();
    }
  }
}
