package io.fovea.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import jdk.jfr.Event;
import org.jspecify.annotations.Nullable;

/**
 * All that looks on: counts of how requests ended, listeners, Flight Recorder. Every request's end
 * passes through here once. Where nobody listens and no recording runs, nothing is made and no
 * clock is read. Steps and prefills are the engine thread's to tell, ends any thread's.
 */
final class Observers {
  private final List<EngineListener> listeners;
  private final AtomicLongArray ends = new AtomicLongArray(RequestOutcome.values().length);
  private JfrEvents.@Nullable Step step; // the one that runs, where a recording wants it

  /**
   * @param listeners told in this order
   */
  Observers(List<EngineListener> listeners) {
    this.listeners = listeners.stream().<EngineListener>map(QuietListener::new).toList();
  }

  /** How many requests ended this way. */
  long count(RequestOutcome outcome) {
    return ends.get(outcome.ordinal());
  }

  private boolean isWatched(Event like) {
    return !listeners.isEmpty() || like.isEnabled();
  }

  /** A step begins, if anything is ready for it. */
  void stepBegins() {
    step = JfrEvents.beginStep();
  }

  /**
   * The step has run.
   *
   * @param promptRows of its rows, those of prompts
   */
  void stepped(int rows, int promptRows, int requests, long nanos) {
    if (step != null) {
      step.rows = rows;
      step.promptRows = promptRows;
      step.requests = requests;
      step.commit();
    }
    if (!listeners.isEmpty()) {
      StepEvent event =
          StepEvent.builder()
              .rows(rows)
              .promptRows(promptRows)
              .requests(requests)
              .duration(Duration.ofNanos(nanos))
              .build();
      listeners.forEach(listener -> listener.step(event));
    }
  }

  /** The first token of the work's answer is there. */
  void prefilled(Rows.Generated work) {
    if (isWatched(JfrEvents.PREFILL)) {
      PrefillEvent event = work.prefillEvent();
      JfrEvents.commit(event);
      listeners.forEach(listener -> listener.prefill(event));
    }
  }

  /** The work has ended, with a result or stopped. */
  void ended(Work work, RequestOutcome outcome) {
    if (outcome == RequestOutcome.COMPLETED && isWatched(JfrEvents.ENCODE)) {
      encoded(work.encodeEvent());
    }
    tell(work, outcome, null);
  }

  private void encoded(@Nullable EncodeEvent event) {
    if (event != null) {
      JfrEvents.commit(event);
      listeners.forEach(listener -> listener.encode(event));
    }
  }

  /** The work has ended with an exception. */
  void failed(Work work, Throwable error) {
    RequestOutcome outcome = RequestOutcome.of(error);
    boolean stopped = outcome == RequestOutcome.CANCELLED || outcome == RequestOutcome.LATE;
    tell(work, outcome, stopped ? null : error);
  }

  private void tell(Work work, RequestOutcome outcome, @Nullable Throwable error) {
    SharedEnd shared = work.sharedEnd();
    if (shared == null) {
      tellEnd(work, outcome, error);
      return;
    }
    SharedEnd.Told told = shared.after(outcome, error);
    if (told != null) {
      tellEnd(told.request(), told.outcome(), told.error());
    }
  }

  private void tellEnd(Work request, RequestOutcome outcome, @Nullable Throwable error) {
    ends.incrementAndGet(outcome.ordinal());
    if (isWatched(JfrEvents.REQUEST)) {
      RequestEvent event = request.requestEvent(outcome, error);
      JfrEvents.commit(event);
      listeners.forEach(listener -> listener.request(event));
    }
  }
}
