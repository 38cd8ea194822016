package io.fovea.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * On what terms a request is served.
 *
 * @param deadline from submission to result, or null
 * @param caller whose share it takes, or null: its own
 */
record Terms(@Nullable Duration deadline, Priority priority, @Nullable String caller) {
  static final Terms DEFAULT = new Terms(null, Priority.NORMAL, null);
}
