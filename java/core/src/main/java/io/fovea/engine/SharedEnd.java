package io.fovea.engine;

import org.jspecify.annotations.Nullable;

/** The end of a request that is several works: when the last of them ends, and as the worst did. */
final class SharedEnd {
  private final Work request;
  private int left;
  private RequestOutcome outcome = RequestOutcome.COMPLETED;
  private @Nullable Throwable error;

  /**
   * @param request the work that stands for all
   * @param works how many they are
   */
  SharedEnd(Work request, int works) {
    this.request = request;
    left = works;
  }

  /** What is told of them all; outcomes are ordered from the best to the worst. */
  record Told(Work request, RequestOutcome outcome, @Nullable Throwable error) {}

  /** One of the works has ended; returns what is to be told after the last, else null. */
  synchronized @Nullable Told after(RequestOutcome ended, @Nullable Throwable cause) {
    if (ended.compareTo(outcome) > 0) {
      outcome = ended;
      error = cause;
    }
    return --left == 0 ? new Told(request, outcome, error) : null;
  }
}
