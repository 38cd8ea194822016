package io.fovea.engine;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.NativeFaultException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** From what the engine thread delivers to what callers see. */
final class Results {
  private Results() {}

  /**
   * Waits for the result of {@code works}. An interrupt cancels them.
   *
   * @param partialText what was generated so far
   */
  static <T> T await(
      List<? extends Work> works, CompletableFuture<T> result, Supplier<String> partialText) {
    try {
      return result.get();
    } catch (InterruptedException e) {
      works.forEach(Work::cancel);
      Thread.currentThread().interrupt();
      throw new GenerationCancelledException(
          "the waiting thread was interrupted", partialText.get());
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  /** A whole answer, or the exception for one cut short: it must not pass for a whole one. */
  static Answer whole(Answer answer) {
    return switch (answer.finish()) {
      case CANCELLED ->
          throw new GenerationCancelledException(
              "the request was cancelled or its engine closed", answer.text());
      case DEADLINE ->
          throw new DeadlineExceededException(
              "the deadline passed after "
                  + (answer.usage().completionTokens() + answer.usage().forcedTokens())
                  + " tokens; allow more time or fewer tokens",
              answer.text());
      case STOP, LENGTH, STOP_SEQUENCE -> answer;
    };
  }

  static RuntimeException failure(@Nullable Throwable cause) {
    return cause instanceof RuntimeException known
        ? known
        : new NativeFaultException("the request failed: " + cause);
  }
}
