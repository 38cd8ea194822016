package io.fovea.engine;

import io.fovea.EngineClosedException;
import io.fovea.InvalidRequestException;
import io.fovea.NativeFaultException;
import io.fovea.RequestRejectedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Work that has not begun: where callers hand over and the engine thread waits. The urgent goes
 * first, then the oldest. What begins alone has a lane of its own, so that pictures and questions
 * do not wait for each other here.
 */
final class WorkQueue {
  private static final int PRIORITIES = Priority.values().length;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition(); // the engine waits for it
  private final Condition room = lock.newCondition(); // callers wait for it
  private final List<LinkedHashSet<Work>> lanes = new ArrayList<>();
  private final TreeSet<Work> byDeadline =
      new TreeSet<>(Comparator.comparingLong(Work::deadline).thenComparingLong(Work::place));
  private final Departures departures = new Departures();
  private final Observers observers;
  private final int capacity;
  private int size; // places taken, work or none yet
  private long offered;
  private boolean woken;
  private boolean draining;
  private boolean closed;
  private @Nullable Throwable fault;

  WorkQueue(int capacity, Observers observers) {
    this.capacity = capacity;
    this.observers = observers;
    for (int lane = 0; lane < 2 * PRIORITIES; lane++) {
      lanes.add(new LinkedHashSet<>());
    }
  }

  private LinkedHashSet<Work> lane(Work work) {
    return lanes.get(lane(work.beginsAlone(), work.turn().priority()));
  }

  private static int lane(boolean alone, Priority priority) {
    return (alone ? PRIORITIES : 0) + priority.ordinal();
  }

  /** Places in the queue, for work that is not made yet. */
  final class Places implements AutoCloseable {
    private int left;

    private Places(int count) {
      left = count;
    }

    /**
     * Hands work over for one of them.
     *
     * @throws EngineClosedException after {@link #close} or {@link #drain}
     * @throws NativeFaultException after {@link #fail}
     */
    void give(Work work) {
      lock.lock();
      try {
        requireOpen();
        left -= work.requests();
        work.enqueued(WorkQueue.this, offered++);
        lane(work).add(work);
        if (work.deadline() != Long.MAX_VALUE) {
          byDeadline.add(work);
        }
        changed.signal();
      } finally {
        lock.unlock();
      }
      if (work.stopReason() == FinishReason.CANCELLED) { // before it was here to be found
        withdraw(work);
      }
    }

    /** Leaves to others what was not given. */
    @Override
    public void close() {
      lock.lock();
      try {
        if (left > 0) {
          size -= left;
          left = 0;
          room.signalAll();
          changed.signal();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Takes places, before anything costly is done for what will have them: all or none.
   *
   * @param count at least 1
   * @param patience how long to wait for room where the queue is full; zero or less: not at all
   * @throws InvalidRequestException where the queue never holds so many
   * @throws RequestRejectedException where the queue stays full
   * @throws EngineClosedException after {@link #close} or {@link #drain}
   * @throws NativeFaultException after {@link #fail}
   */
  Places claim(int count, Duration patience) throws InterruptedException {
    requireFits(count);
    lock.lock();
    try {
      requireOpen();
      long left = Deadlines.nanos(patience);
      while (size + count > capacity && left > 0) {
        left = room.awaitNanos(left);
        requireOpen();
      }
      if (size + count > capacity) {
        throw rejection(count);
      }
      size += count;
      return new Places(count);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Throws where the queue never holds so many requests.
   *
   * @throws InvalidRequestException naming both numbers
   */
  void requireFits(int count) {
    if (count > capacity) {
      throw new InvalidRequestException(
          count + " requests at once, the queue holds " + capacity,
          "send fewer at a time, or raise queueCapacity");
    }
  }

  private RequestRejectedException rejection(int count) {
    Duration wait = departures.expectedWait(size);
    String full =
        count == 1
            ? size + " requests are waiting, the queue is full"
            : size
                + " requests are waiting, "
                + count
                + " more do not fit the queue of "
                + capacity;
    return new RequestRejectedException(
        full + (wait == null ? "" : "; a new one would wait about " + wait.toMillis() + " ms"),
        "try again later, wait for room with queueWait, or raise queueCapacity",
        size,
        wait);
  }

  /**
   * Throws where nothing is taken any more.
   *
   * @throws EngineClosedException after {@link #close} or {@link #drain}
   * @throws NativeFaultException after {@link #fail}
   */
  void requireOpen() {
    lock.lock();
    try {
      if (fault != null) {
        throw new NativeFaultException(
            "the engine failed before: " + fault + "; open a new one", fault);
      }
      if (closed || draining) {
        throw closed
            ? new EngineClosedException("the engine is closed", "open a new one")
            : new EngineClosedException("the engine is shutting down", "ask another one");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether work is taken, and why not. */
  EngineHealth health() {
    lock.lock();
    try {
      EngineHealth.State state =
          fault != null
              ? EngineHealth.State.FAILED
              : closed
                  ? EngineHealth.State.CLOSED
                  : draining ? EngineHealth.State.DRAINING : EngineHealth.State.SERVING;
      return new EngineHealth(state, fault);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there is something to do: work, a wake-up or the end.
   *
   * @param busy whether to return at once in any case
   * @return false once the queue is closed, or drained with nothing left to do
   */
  boolean await(boolean busy) {
    lock.lock();
    try {
      while (!busy && !closed && !woken && isEmpty() && !(draining && isDrained())) {
        changed.awaitUninterruptibly();
      }
      woken = false;
      return !closed && (!draining || busy || !isDrained());
    } finally {
      lock.unlock();
    }
  }

  private boolean isDrained() {
    return size == 0 && isEmpty();
  }

  private boolean isEmpty() {
    return lanes.stream().allMatch(LinkedHashSet::isEmpty);
  }

  /** Makes {@link #await} return. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next to begin, left in the queue.
   *
   * @param alone of those that begin alone, or of the others
   */
  @Nullable Work peek(boolean alone) {
    lock.lock();
    try {
      for (Priority priority : Priority.values()) {
        LinkedHashSet<Work> lane = lanes.get(lane(alone, priority));
        if (!lane.isEmpty()) {
          return lane.iterator().next();
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Takes {@code work} out, to begin. Returns false where it is gone already. */
  boolean take(Work work) {
    lock.lock();
    try {
      boolean taken = remove(work);
      if (taken && work.requests() > 0) { // what is expected to wait is counted in requests
        departures.count();
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private boolean remove(Work work) {
    if (!lane(work).remove(work)) {
      return false;
    }
    size -= work.requests();
    byDeadline.remove(work);
    room.signalAll(); // one that waits for several must not keep it from the others
    return true;
  }

  /** Ends {@code work} at once if it still waits here; the caller's thread does it. */
  void withdraw(Work work) {
    lock.lock();
    try {
      if (!remove(work)) {
        return;
      }
    } finally {
      lock.unlock();
    }
    work.stop(FinishReason.CANCELLED);
    observers.ended(work, RequestOutcome.CANCELLED);
    work.release();
    wake(); // for the figures, and for what it held
  }

  /** Takes out all that is late. */
  List<Work> removeLate() {
    lock.lock();
    try {
      List<Work> late = new ArrayList<>();
      while (!byDeadline.isEmpty() && byDeadline.first().stopReason() != null) {
        Work first = byDeadline.first();
        remove(first);
        late.add(first);
      }
      return late;
    } finally {
      lock.unlock();
    }
  }

  /** Takes out everything. */
  List<Work> removeAll() {
    lock.lock();
    try {
      List<Work> all = new ArrayList<>();
      lanes.forEach(all::addAll);
      all.forEach(this::remove);
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** Requests that wait, and places claimed for more. */
  int size() {
    lock.lock();
    try {
      return size;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses new work from now on; what is there is still done. */
  void drain() {
    end(() -> draining = true);
  }

  /** Refuses new work from now on, and ends what is there. */
  void close() {
    end(() -> closed = true);
  }

  /** As {@link #close}; whoever comes from now on is told why. */
  void fail(Throwable cause) {
    end(
        () -> {
          closed = true;
          fault = cause;
        });
  }

  private void end(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signal();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
