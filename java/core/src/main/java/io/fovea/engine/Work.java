package io.fovea.engine;

import org.jspecify.annotations.Nullable;

/**
 * What one caller waits for. Made and cancelled on any thread; everything else happens on the
 * engine thread, in this order: {@link #begin}; {@link #slice} while {@link #hasSlice}, between
 * steps; {@link #proceed} after each step that ran rows of {@link #run}, until {@link #isDone};
 * {@link #stop} or {@link #fail} may end it at any time; {@link #release} last.
 */
abstract class Work {
  private final long submitted;
  private final long allowed; // nanoseconds
  private final Turn turn;
  private volatile @Nullable WorkQueue queue;
  private volatile boolean cancelled;
  private long place;
  private long begun;

  Work(Terms terms) {
    this(System.nanoTime(), terms);
  }

  /**
   * @param submitted when the caller asked, on the clock of {@link System#nanoTime}
   */
  Work(long submitted, Terms terms) {
    this.submitted = submitted;
    allowed = Deadlines.nanos(terms.deadline());
    turn = new Turn(terms.priority(), terms.caller());
  }

  /** Asks for an end: at once while it waits, within one step and one slice later. */
  void cancel() {
    cancelled = true;
    WorkQueue waiting = queue;
    if (waiting != null) {
      waiting.withdraw(this);
    }
  }

  /**
   * Notes where it waits.
   *
   * @param place in order of arrival
   */
  void enqueued(WorkQueue waiting, long place) {
    this.place = place;
    queue = waiting;
  }

  long place() {
    return place;
  }

  /** When it will be late, on the clock of {@link System#nanoTime}; the largest number: never. */
  long deadline() {
    return allowed == Long.MAX_VALUE ? Long.MAX_VALUE : submitted + allowed;
  }

  /** Why the work must not go on, or null where it may. */
  @Nullable FinishReason stopReason() {
    if (cancelled) {
      return FinishReason.CANCELLED;
    }
    return allowed != Long.MAX_VALUE && System.nanoTime() - submitted > allowed
        ? FinishReason.DEADLINE
        : null;
  }

  /** Its place among those that take turns. */
  final Turn turn() {
    return turn;
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

  /** Whether it begins with something that no other work can share: {@link #slice}. */
  abstract boolean beginsAlone();

  /** Cache pages that must be free before it begins. */
  abstract int pagesWanted();

  /** Begins. An exception ends the work. */
  abstract void begin();

  /** Whether the next part of it runs alone, between two steps. */
  boolean hasSlice() {
    return false;
  }

  /** Runs the next part that it does alone. */
  void slice() {
    throw new IllegalStateException("this work has no slices");
  }

  /** Its rows in shared steps, or null where it has none now. */
  abstract @Nullable SequenceRun run();

  /** The token to be chosen after rows that want logits. */
  Choice choice() {
    throw new IllegalStateException("this work chooses no tokens");
  }

  /**
   * Its run took up what was cached of its tokens, for the first time or once more.
   *
   * @param cached tokens found
   */
  void entered(int cached) {}

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
