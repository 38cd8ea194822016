package io.fovea.engine;

import io.fovea.InvalidRequestException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Rules about deadlines, in one place. */
final class Deadlines {
  /** A century: longer than any request, and far from overflowing nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private Deadlines() {}

  static void requirePositive(@Nullable Duration deadline) {
    if (deadline != null && (deadline.isNegative() || deadline.isZero())) {
      throw new InvalidRequestException(
          "deadline " + deadline, "give a positive time, or null for no limit");
    }
  }

  /** {@code deadline} in nanoseconds from now on; {@link Long#MAX_VALUE} for none. */
  static long nanos(@Nullable Duration deadline) {
    return deadline == null || deadline.compareTo(LONGEST) > 0
        ? Long.MAX_VALUE
        : deadline.toNanos();
  }
}
