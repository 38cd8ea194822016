package io.fovea.bench.load;

import java.util.concurrent.locks.LockSupport;

/**
 * The most heap that is in use while it is open, looked at every millisecond, above what was in use
 * when it was opened. What is no longer reachable counts until it is collected.
 */
final class HeapPeak implements AutoCloseable {
  private static final long GAP_NANOS = 1_000_000;

  private final long before;
  private final Thread thread;
  private volatile long most;
  private volatile boolean closed;

  HeapPeak() {
    System.gc();
    before = used();
    most = before;
    thread = new Thread(this::watch, "heap-peak");
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    while (!closed) {
      most = Math.max(most, used());
      LockSupport.parkNanos(GAP_NANOS);
    }
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Bytes so far. */
  long bytes() {
    return Math.max(most, used()) - before;
  }

  @Override
  public void close() {
    closed = true;
  }
}
