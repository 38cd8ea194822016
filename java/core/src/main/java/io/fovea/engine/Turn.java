package io.fovea.engine;

import org.jspecify.annotations.Nullable;

/** The place of one work among those that take turns; kept by {@link FairShare}. */
final class Turn {
  private final Priority priority;
  private final @Nullable String caller;
  FairShare.@Nullable Account account; // set while it takes turns
  long number; // in order of beginning
  long lastStep; // the last one it took part in, or the one before it began
  double served; // of the account's service, its own

  /**
   * @param caller null: the work is a caller of its own
   */
  Turn(Priority priority, @Nullable String caller) {
    this.priority = priority;
    this.caller = caller;
  }

  Priority priority() {
    return priority;
  }

  @Nullable String caller() {
    return caller;
  }
}
