package io.fovea.bench.load;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts requests at planned times, whether or not earlier ones have ended. What a request had to
 * wait for a thread of ours is part of its latency, as that is counted from the planned time.
 */
final class OpenLoop {
  private static final int THREADS = 256;
  private static final long HOURS = 1;

  /** Serves one request. */
  interface Server {
    /**
     * Serves the request and takes note of how it went; throws nothing.
     *
     * @param planned when it was due, of System.nanoTime
     */
    void serve(int index, long planned);
  }

  private OpenLoop() {}

  /**
   * Runs them all and waits for the last.
   *
   * @param due nanoseconds from the beginning at which each is due, in order
   */
  static void run(List<Long> due, Server server) throws InterruptedException {
    AtomicInteger threads = new AtomicInteger();
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.min(THREADS, Math.max(1, due.size())),
            task -> {
              Thread thread = new Thread(task, "open-loop-" + threads.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    try {
      long start = System.nanoTime();
      for (int i = 0; i < due.size(); i++) {
        int index = i;
        long planned = start + due.get(i);
        sleepUntil(planned);
        pool.execute(() -> server.serve(index, planned));
      }
    } finally {
      pool.shutdown();
    }
    if (!pool.awaitTermination(HOURS, TimeUnit.HOURS)) {
      throw new IllegalStateException("requests have not ended after an hour");
    }
  }

  private static void sleepUntil(long time) throws InterruptedException {
    for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }
}
