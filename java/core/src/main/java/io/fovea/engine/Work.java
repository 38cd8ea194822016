package io.fovea.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one caller waits for. Made and cancelled on any thread; everything else happens on the
 * engine thread, in this order: {@link #begin}; what {@link Slices} say, between steps; what {@link
 * Rows} say, in steps, until {@link #isDone}; {@link #stop} or {@link #fail} may end it at any
 * time; {@link #release} last.
 */
abstract class Work {
  private final RequestKind kind;
  private final long submitted;
  private final long allowed; // nanoseconds
  private final Turn turn;
  private volatile @Nullable WorkQueue queue;
  private volatile boolean cancelled;
  private @Nullable SharedEnd sharedEnd;
  private long place;
  private long begun;
  private long sliced; // nanoseconds

  Work(RequestKind kind, Terms terms) {
    this.kind = kind;
    submitted = System.nanoTime();
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

  /** Nanoseconds until then; the largest number: never. */
  long nanosLeft() {
    return allowed == Long.MAX_VALUE ? Long.MAX_VALUE : deadline() - System.nanoTime();
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

  /** Requests that it stands for: none where it comes along with another work. */
  int requests() {
    return 1;
  }

  /** Makes it one of the works whose end is told once. */
  final void share(SharedEnd end) {
    sharedEnd = end;
  }

  /** Told in place of its own end, where it is one of several works; else null. */
  final @Nullable SharedEnd sharedEnd() {
    return sharedEnd;
  }

  /** Notes that the work begins now. */
  void markBegun() {
    begun = System.nanoTime();
  }

  long submitted() {
    return submitted;
  }

  /** When work began; {@code now} where it has not. */
  long begun(long now) {
    return begun == 0 ? now : begun;
  }

  /** Notes that a slice of it took {@code nanos} nanoseconds. */
  void addSliced(long nanos) {
    sliced += nanos;
  }

  /** Nanoseconds that its slices took. */
  long sliced() {
    return sliced;
  }

  /** Whether it begins with something that no other work can share: {@link #slice}. */
  abstract boolean beginsAlone();

  /** Cache pages that must be free before it begins. */
  abstract int pagesWanted();

  /** Begins. An exception ends the work. */
  abstract void begin();

  /** Whether a result was delivered or it was ended. */
  abstract boolean isDone();

  /** Ends it early for a reason that is not an error. */
  abstract void stop(FinishReason reason);

  /** Ends it with an error. */
  abstract void fail(Throwable error);

  /** Gives back what it holds; harmless when it never began. */
  abstract void release();

  /** What there is to tell of a picture that it has encoded; null where it encodes none. */
  @Nullable EncodeEvent encodeEvent() {
    return null;
  }

  /** What there is to tell of its end. */
  final RequestEvent requestEvent(RequestOutcome outcome, @Nullable Throwable error) {
    long now = System.nanoTime();
    Duration queued = Duration.ofNanos(begun(now) - submitted);
    RequestEvent.Builder event =
        RequestEvent.builder(kind, outcome)
            .priority(turn.priority())
            .caller(turn.caller())
            .error(error)
            .timings(Timings.builder().queued(queued).build())
            .duration(Duration.ofNanos(now - submitted));
    if (begun != 0) {
      describe(event);
    }
    return event.build();
  }

  /** Adds what only work of its kind knows, after it has begun. */
  void describe(RequestEvent.Builder event) {}
}
