package io.fovea.bench.load;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.Objects;

/** Bytes that threads have allocated on the Java heap since they began. */
final class Allocated {
  private static final String ENGINE_THREAD = "fovea-engine";

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocated() {}

  /** By the calling thread. */
  static long here() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  /** By the thread with this id. */
  static long by(long thread) {
    return THREADS.getThreadAllocatedBytes(thread);
  }

  /**
   * The thread of the engine that is open.
   *
   * @throws IllegalStateException where there is not exactly one
   */
  static long engineThread() {
    long[] ids =
        Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
            .filter(Objects::nonNull)
            .filter(thread -> thread.getThreadName().equals(ENGINE_THREAD))
            .mapToLong(ThreadInfo::getThreadId)
            .toArray();
    if (ids.length != 1) {
      throw new IllegalStateException(
          ids.length + " threads are called " + ENGINE_THREAD + ", one is expected");
    }
    return ids[0];
  }
}
