package io.fovea.engine;

import io.fovea.NativeFaultException;
import io.fovea.RequestRejectedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
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
  private final int capacity;
  private int size; // places taken, work or none yet
  private long offered;
  private long rejected;
  private long withdrawn;
  private long late; // of those that never came here
  private boolean woken;
  private boolean draining;
  private boolean closed;
  private @Nullable Throwable fault;

  WorkQueue(int capacity) {
    this.capacity = capacity;
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

  /** A place in the queue, for work that is not made yet. */
  final class Place implements AutoCloseable {
    private boolean given;

    private Place() {}

    /**
     * Hands work over.
     *
     * @throws IllegalStateException after {@link #close} or {@link #drain}
     * @throws NativeFaultException after {@link #fail}
     */
    void give(Work work) {
      lock.lock();
      try {
        requireOpen();
        given = true;
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

    /** Leaves the place to others, unless work was given. */
    @Override
    public void close() {
      lock.lock();
      try {
        if (!given) {
          given = true;
          size--;
          room.signal();
          changed.signal();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Takes a place, before anything costly is done for what will have it.
   *
   * @param patience how long to wait for room where the queue is full; zero or less: not at all
   * @throws RequestRejectedException where the queue stays full
   * @throws IllegalStateException after {@link #close} or {@link #drain}
   * @throws NativeFaultException after {@link #fail}
   */
  Place claim(Duration patience) throws InterruptedException {
    lock.lock();
    try {
      requireOpen();
      long left = Deadlines.nanos(patience);
      while (size >= capacity && left > 0) {
        left = room.awaitNanos(left);
        requireOpen();
      }
      if (size >= capacity) {
        rejected++;
        throw rejection();
      }
      size++;
      return new Place();
    } finally {
      lock.unlock();
    }
  }

  private RequestRejectedException rejection() {
    Duration wait = departures.expectedWait(size);
    return new RequestRejectedException(
        size
            + " requests are waiting, the queue is full"
            + (wait == null ? "" : "; a new one would wait about " + wait.toMillis() + " ms"),
        "try again later, wait for room with queueWait, or raise queueCapacity",
        size,
        wait);
  }

  /**
   * Throws where nothing is taken any more.
   *
   * @throws IllegalStateException after {@link #close} or {@link #drain}
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
        throw new IllegalStateException(
            closed ? "the engine is closed" : "the engine is shutting down");
      }
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
      while (!busy && !closed && !woken && isEmpty() && !(draining && size == 0)) {
        changed.awaitUninterruptibly();
      }
      woken = false;
      return !closed && (!draining || busy || size > 0);
    } finally {
      lock.unlock();
    }
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
      if (taken) {
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
    size--;
    byDeadline.remove(work);
    room.signal();
    return true;
  }

  /** Ends {@code work} at once if it still waits here; the caller's thread does it. */
  void withdraw(Work work) {
    lock.lock();
    try {
      if (!remove(work)) {
        return;
      }
      withdrawn++;
      wake(); // for the figures, and for what it held
    } finally {
      lock.unlock();
    }
    work.stop(FinishReason.CANCELLED);
    work.release();
  }

  /**
   * Counts work that had a place and ended before it was given, for a reason that is not an error.
   */
  void endedBefore(FinishReason reason) {
    lock.lock();
    try {
      if (reason == FinishReason.DEADLINE) {
        late++;
      } else {
        withdrawn++;
      }
      wake();
    } finally {
      lock.unlock();
    }
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

  int size() {
    lock.lock();
    try {
      return size;
    } finally {
      lock.unlock();
    }
  }

  /** Works whose deadline passed before they were given. */
  long late() {
    lock.lock();
    try {
      return late;
    } finally {
      lock.unlock();
    }
  }

  /** Works cancelled while they waited. */
  long withdrawn() {
    lock.lock();
    try {
      return withdrawn;
    } finally {
      lock.unlock();
    }
  }

  /** Works refused because the queue was full. */
  long rejected() {
    lock.lock();
    try {
      return rejected;
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

  /** How fast works leave the queue, by the last ones that did. */
  private static final class Departures {
    private static final int KEPT = 32;
    private static final long RECENT = TimeUnit.SECONDS.toNanos(60);

    private final long[] times = new long[KEPT];
    private long count;

    void count() {
      times[(int) (count++ % KEPT)] = System.nanoTime();
    }

    /** How long {@code waiting} works and one more take to leave; null where that is not known. */
    @Nullable Duration expectedWait(int waiting) {
      int known = (int) Math.min(count, KEPT);
      if (known < 2) {
        return null;
      }
      long since = System.nanoTime() - times[(int) ((count - known) % KEPT)];
      return since > RECENT ? null : Duration.ofNanos(since / known * (waiting + 1));
    }
  }
}
