package io.fovea.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Threads that do the same thing again and again until they are told to stop: a closed loop. The
 * first failure stops all of them.
 */
final class Callers implements AutoCloseable {
  /** One turn of one caller. */
  interface Turn {
    /**
     * Takes a turn.
     *
     * @param caller 0 to the number of callers - 1
     * @param turn of this caller, from 0
     */
    void run(int caller, long turn) throws Exception;
  }

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong turns = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean stopped;

  private Callers() {}

  static Callers start(int count, Turn turn) {
    Callers callers = new Callers();
    for (int i = 0; i < count; i++) {
      int caller = i;
      Thread thread = new Thread(() -> callers.repeat(caller, turn), "caller-" + caller);
      thread.setDaemon(true);
      callers.threads.add(thread);
    }
    callers.threads.forEach(Thread::start);
    return callers;
  }

  /** Runs them for some time. Returns the number of turns. */
  static long run(int count, double seconds, Turn turn) throws InterruptedException {
    Callers callers = start(count, turn);
    try {
      long end = System.nanoTime() + (long) (seconds * 1e9);
      while (callers.isGoing() && System.nanoTime() < end) {
        Thread.sleep(2);
      }
    } finally {
      callers.close();
    }
    return callers.turns();
  }

  /** Runs them until they have taken {@code turns} turns together, or a few more. */
  static void runTurns(int count, long turns, Turn turn) throws InterruptedException {
    try (Callers callers = start(count, turn)) {
      while (callers.isGoing() && callers.turns() < turns) {
        Thread.sleep(2);
      }
    }
  }

  private void repeat(int caller, Turn turn) {
    try {
      for (long i = 0; !stopped; i++) {
        turn.run(caller, i);
        turns.incrementAndGet();
      }
    } catch (Throwable e) { // an error, too, must not go unseen
      failure.compareAndSet(null, e);
      stopped = true;
    }
  }

  /** Turns finished so far, all callers together. */
  long turns() {
    return turns.get();
  }

  /** Whether nobody stopped them and none of them failed. */
  boolean isGoing() {
    return !stopped;
  }

  /**
   * Lets each finish its turn and waits for it.
   *
   * @throws IllegalStateException where a turn failed; its failure is the cause
   */
  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      joinCompletely(thread);
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a caller failed: " + failed, failed);
    }
  }

  private static void joinCompletely(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
