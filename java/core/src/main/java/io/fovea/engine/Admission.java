package io.fovea.engine;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.RequestRejectedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** How what callers ask gets into the queue, and what comes of it back to them. Any thread. */
final class Admission {
  private final WorkQueue queue;
  private final Observers observers;
  private final Duration patience;
  private final Executor executor;

  /**
   * @param patience how long calls that wait for their result wait for room in the queue, too
   * @param executor where results that come later are delivered
   */
  Admission(WorkQueue queue, Observers observers, Duration patience, Executor executor) {
    this.queue = queue;
    this.observers = observers;
    this.patience = patience;
    this.executor = executor;
  }

  /** Waits for the answers. */
  <T> T now(Asked<T> asked) {
    requireAnotherThread(asked.works());
    offer(asked.works(), patience);
    return asked.result(Results.await(asked.works(), asked.answers(), asked::textSoFar));
  }

  private static void requireAnotherThread(List<? extends Work> works) {
    try {
      EngineThread.requireAnother();
    } catch (IllegalStateException e) {
      works.forEach(Work::release);
      throw e;
    }
  }

  /** Delivers the answers later; where the queue is full, that. */
  <T> CompletableFuture<T> later(Asked<T> asked) {
    RequestFuture<T> future = new RequestFuture<>(asked.works(), executor);
    try {
      offer(asked.works(), Duration.ZERO);
    } catch (RequestRejectedException e) {
      return CompletableFuture.failedFuture(e);
    }
    return future.follow(asked.answers(), asked::result, late -> {});
  }

  /** Hands over, all or nothing; waits for room. */
  void offer(List<? extends Work> works) {
    offer(works, patience);
  }

  /** Hands over, all or nothing; does not wait for room. */
  void offerNow(List<? extends Work> works) {
    offer(works, Duration.ZERO);
  }

  private void offer(List<? extends Work> works, Duration wait) {
    WorkQueue.Places places = claim(works, wait);
    int given = 0;
    try (places) {
      for (Work work : works) {
        places.give(work);
        given++;
      }
    } catch (RuntimeException e) {
      works.subList(0, given).forEach(Work::cancel); // the engine releases them
      works.subList(given, works.size()).forEach(work -> abandon(work, e));
      throw e;
    }
  }

  /** A place for work whose making is costly; waits for room. */
  WorkQueue.Places claim(Work work) {
    return claim(List.of(work), patience);
  }

  /** The same without waiting. */
  WorkQueue.Places claimNow(Work work) {
    return claim(List.of(work), Duration.ZERO);
  }

  private WorkQueue.Places claim(List<? extends Work> works, Duration wait) {
    int requests = works.stream().mapToInt(Work::requests).sum();
    long most = Deadlines.nanos(wait);
    long left = Math.max(0, works.stream().mapToLong(Work::nanosLeft).min().orElse(most));
    try {
      return queue.claim(requests, Duration.ofNanos(Math.min(left, most)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refused(
          works, new GenerationCancelledException("interrupted while the queue was full", ""));
    } catch (RequestRejectedException e) {
      throw refused(works, left < most ? late() : e);
    } catch (RuntimeException e) { // the caller's mistake, or no engine any more: no requests
      works.forEach(Work::release);
      throw e;
    }
  }

  private static DeadlineExceededException late() {
    return new DeadlineExceededException("the deadline passed while the queue was full", "");
  }

  private <E extends RuntimeException> E refused(List<? extends Work> works, E error) {
    works.forEach(work -> abandon(work, error));
    return error;
  }

  /** Ends work that is not handed over, on account of {@code error}. */
  void abandon(Work work, Throwable error) {
    observers.failed(work, error);
    work.release();
    queue.wake(); // for the figures
  }

  Executor executor() {
    return executor;
  }
}
