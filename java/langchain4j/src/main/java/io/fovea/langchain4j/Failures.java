package io.fovea.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import io.fovea.DeadlineExceededException;
import io.fovea.FoveaException;
import io.fovea.ImageException;
import io.fovea.RequestRejectedException;
import java.util.function.Supplier;

/** The engine's failures in LangChain4j's words; the cause is always the engine's own. */
final class Failures {
  private Failures() {}

  static <T> T translated(Supplier<T> call) {
    try {
      return call.get();
    } catch (FoveaException e) {
      throw translate(e);
    }
  }

  static Throwable translate(Throwable failure) {
    return failure instanceof FoveaException known ? translate(known) : failure;
  }

  /** What is worth trying again is retriable there, too: a full queue and a missed deadline. */
  static LangChain4jException translate(FoveaException e) {
    if (e instanceof io.fovea.InvalidRequestException || e instanceof ImageException) {
      return new InvalidRequestException(e.getMessage(), e);
    }
    if (e instanceof RequestRejectedException) {
      return new RateLimitException(e.getMessage(), e);
    }
    if (e instanceof DeadlineExceededException) {
      return new TimeoutException(e.getMessage(), e);
    }
    return new LangChain4jException(e.getMessage(), e);
  }
}
