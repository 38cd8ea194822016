package io.fovea.engine;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.RequestRejectedException;

/** How a request ended, from the best to the worst. */
public enum RequestOutcome {
  /** With a result. */
  COMPLETED,
  /** It was cancelled, its waiting thread interrupted, or its engine closed. */
  CANCELLED,
  /** Its deadline passed. */
  LATE,
  /** With an error. */
  FAILED,
  /** Refused because the queue was full. */
  REJECTED;

  /** Of a request that was stopped. */
  static RequestOutcome of(FinishReason reason) {
    return reason == FinishReason.DEADLINE ? LATE : CANCELLED;
  }

  /** Of a request that ended with an exception. */
  static RequestOutcome of(Throwable error) {
    if (error instanceof RequestRejectedException) {
      return REJECTED;
    }
    if (error instanceof GenerationCancelledException) {
      return CANCELLED;
    }
    return error instanceof DeadlineExceededException ? LATE : FAILED;
  }
}
