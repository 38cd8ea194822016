package io.fovea.engine;

import io.fovea.RequestRejectedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Work that has not begun, oldest first; where callers hand over and the engine thread waits. */
final class WorkQueue {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Work> waiting = new ArrayDeque<>();
  private final int capacity;
  private boolean woken;
  private boolean closed;

  WorkQueue(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Hands work over.
   *
   * @throws RequestRejectedException where the queue is full
   * @throws IllegalStateException after {@link #close}
   */
  void offer(Work work) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      if (waiting.size() >= capacity) {
        throw new RequestRejectedException(
            waiting.size() + " requests are waiting, the queue is full",
            "try again later, or raise queueCapacity");
      }
      waiting.add(work);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there is something to do: work, a wake-up or the end.
   *
   * @param busy whether to return at once in any case
   * @return false once the queue is closed
   */
  boolean await(boolean busy) {
    lock.lock();
    try {
      while (!busy && !closed && !woken && waiting.isEmpty()) {
        changed.awaitUninterruptibly();
      }
      woken = false;
      return !closed;
    } finally {
      lock.unlock();
    }
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

  /** The oldest, left in the queue. */
  @Nullable Work peek() {
    lock.lock();
    try {
      return waiting.peek();
    } finally {
      lock.unlock();
    }
  }

  /** Takes {@code work} out. */
  void remove(Work work) {
    lock.lock();
    try {
      waiting.remove(work);
    } finally {
      lock.unlock();
    }
  }

  /** Takes out all that was cancelled or is late. */
  List<Work> removeStopped() {
    lock.lock();
    try {
      List<Work> stopped = new ArrayList<>();
      for (Iterator<Work> it = waiting.iterator(); it.hasNext(); ) {
        Work work = it.next();
        if (work.stopReason() != null) {
          stopped.add(work);
          it.remove();
        }
      }
      return stopped;
    } finally {
      lock.unlock();
    }
  }

  /** Takes out everything. */
  List<Work> removeAll() {
    lock.lock();
    try {
      List<Work> all = List.copyOf(waiting);
      waiting.clear();
      return all;
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses new work from now on. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }
}
