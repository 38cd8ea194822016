package io.fovea.bench.load;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;

/** How requests ended, counted by name. Safe for any number of threads. */
final class Outcomes {
  private final Map<String, Integer> counts = new TreeMap<>();

  synchronized void add(String outcome) {
    counts.merge(outcome, 1, Integer::sum);
  }

  /** Counts a failure under its {@link #name}. */
  void add(Throwable failure) {
    add(name(failure));
  }

  /**
   * A failure's class, that of its cause where it only wraps one. An exception that was made of an
   * OutOfMemoryError says so: the heap was full, and other threads had to live with it, too.
   */
  static String name(Throwable failure) {
    Throwable cause = failure.getCause();
    if (failure instanceof CompletionException && cause != null) {
      return name(cause);
    }
    String name = failure.getClass().getSimpleName();
    for (; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        return name + " of OutOfMemoryError";
      }
    }
    return name;
  }

  synchronized int count(String outcome) {
    return counts.getOrDefault(outcome, 0);
  }

  synchronized Map<String, Integer> counts() {
    return new TreeMap<>(counts);
  }
}
