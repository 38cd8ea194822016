package io.fovea.server.api;

import io.fovea.DeadlineExceededException;
import io.fovea.EngineClosedException;
import io.fovea.FoveaException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import io.fovea.RequestRejectedException;
import io.fovea.server.http.ApiException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** What a client is told of an error. */
public final class Failures {
  private static final Duration SHORT_WAIT = Duration.ofSeconds(1);

  private Failures() {}

  /** The error as the answer's status and text. */
  public static ApiException of(Throwable error) {
    boolean wrapped = error instanceof CompletionException || error instanceof ExecutionException;
    if (wrapped && error.getCause() != null) {
      return of(error.getCause());
    }
    String message = String.valueOf(error.getMessage());
    if (error instanceof ApiException told) {
      return told;
    } else if (error instanceof InvalidRequestException) {
      return ApiException.invalid("invalid_request", null, message);
    } else if (error instanceof ImageException) {
      return ApiException.invalid("invalid_image", null, message);
    } else if (error instanceof RequestRejectedException rejected) {
      return ApiException.later(
          429, "queue_full", message, rejected.expectedWait().orElse(SHORT_WAIT));
    } else if (error instanceof DeadlineExceededException) {
      return ApiException.failed(504, "timeout", message, error);
    } else if (error instanceof TimeoutException) { // of a picture that is fetched
      return ApiException.failed(504, "timeout", "a picture could not be fetched in time", error);
    } else if (error instanceof GenerationCancelledException
        || error instanceof EngineClosedException) {
      return ApiException.later(503, "shutting_down", message, SHORT_WAIT);
    } else if (error instanceof CancellationException) { // nobody is there to read this
      return ApiException.refused(499, "client_closed_request", null, "the client has gone");
    } else if (error instanceof FoveaException) {
      return ApiException.failed(500, "engine_failed", message, error);
    }
    return ApiException.failed(
        500,
        "internal_error",
        "the server failed; its log says more under the request's id",
        error);
  }
}
