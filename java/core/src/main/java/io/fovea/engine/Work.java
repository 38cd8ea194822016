package io.fovea.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one caller waits for. Made and cancelled on any thread; everything else happens on the
 * engine thread, in this order: {@link #begin} once there is room, {@link #proceed} after each step
 * that ran rows of {@link #run}, until {@link #isDone}; {@link #stop} or {@link #fail} may end it
 * at any time; {@link #release} last.
 */
abstract class Work {
  private final long submitted = System.nanoTime();
  private final long allowed; // nanoseconds
  private volatile boolean cancelled;
  private long begun;

  Work(@Nullable Duration deadline) {
    allowed = Deadlines.nanos(deadline);
  }

  /** Asks for an end; honoured within one step. */
  void cancel() {
    cancelled = true;
  }

  /** Why the work must not go on, or null where it may. */
  @Nullable FinishReason stopReason() {
    if (cancelled) {
      return FinishReason.CANCELLED;
    }
    return System.nanoTime() - submitted > allowed ? FinishReason.DEADLINE : null;
  }

  /** Notes that the work begins now. */
  void markBegun() {
    begun = System.nanoTime();
  }

  long submitted() {
    return submitted;
  }

  /** When work began; the time of submission where it never did. */
  long begun() {
    return begun == 0 ? submitted : begun;
  }

  /** Cache pages that must be free before it begins. */
  abstract int pagesWanted();

  /** Begins; pages are there. An exception ends the work. */
  abstract void begin();

  /** Its rows; called between {@link #begin} and the end. */
  abstract SequenceRun run();

  /** The token to be chosen after rows that want logits. */
  Choice choice() {
    throw new IllegalStateException("this work chooses no tokens");
  }

  /**
   * Rows of it ran.
   *
   * @param chosen the token that follows its last row, or null where none was wanted
   */
  abstract void proceed(Choice.@Nullable Chosen chosen);

  /** Whether a result was delivered or it was ended. */
  abstract boolean isDone();

  /** Ends it early for a reason that is not an error. */
  abstract void stop(FinishReason reason);

  /** Ends it with an error. */
  abstract void fail(Throwable error);

  /** Gives back what it holds; harmless when it never began. */
  abstract void release();
}
