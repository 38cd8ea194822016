package io.fovea.engine;

/**
 * Who goes first where requests compete for steps. None waits for ever: whatever its priority, a
 * request takes part in a step once in about three times as many steps as there are requests.
 */
public enum Priority {
  /** Before all others: somebody waits for it. */
  HIGH,
  /** The default. */
  NORMAL,
  /** What nobody waits for: takes the room that others leave. */
  LOW
}
