package io.fovea.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How fast works leave the queue, by the last ones that did. */
final class Departures {
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
