package io.fovea.engine;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * On what terms a picture is encoded.
 *
 * @param deadline time from the call until the picture must be encoded, or null for no limit
 * @param priority who goes first where pictures wait for each other
 */
public record EncodeOptions(@Nullable Duration deadline, Priority priority) {
  public EncodeOptions {
    Deadlines.requirePositive(deadline);
    Objects.requireNonNull(priority, "priority");
  }

  /** No deadline. */
  public static EncodeOptions defaults() {
    return new EncodeOptions(null, Priority.NORMAL);
  }

  public EncodeOptions withDeadline(@Nullable Duration deadline) {
    return new EncodeOptions(deadline, priority);
  }

  public EncodeOptions withPriority(Priority priority) {
    return new EncodeOptions(deadline, priority);
  }
}
