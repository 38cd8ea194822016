package io.fovea;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The engine takes no more requests now: its queue is full. */
public final class RequestRejectedException extends FoveaException {
  private static final long serialVersionUID = 1;

  private final int waiting;
  private final @Nullable Duration expectedWait;

  /**
   * @param waiting requests in the queue
   * @param expectedWait of one more, or null where it is not known
   */
  public RequestRejectedException(
      String problem, String remedy, int waiting, @Nullable Duration expectedWait) {
    super(problem + "; " + remedy);
    this.waiting = waiting;
    this.expectedWait = expectedWait;
  }

  /** Requests in the queue when this one came. */
  public int waiting() {
    return waiting;
  }

  /** How long one more would have waited, by what left the queue last; empty: nothing did. */
  public Optional<Duration> expectedWait() {
    return Optional.ofNullable(expectedWait);
  }
}
