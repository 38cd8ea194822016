package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.jspecify.annotations.Nullable;

/**
 * Whether an engine takes requests.
 *
 * @param cause what ended it, where it {@link State#FAILED}; otherwise null
 */
@JsonIgnoreProperties("cause") // a stack trace is nobody's outside
public record EngineHealth(State state, @Nullable Throwable cause) {
  /** What an engine does with a new request. */
  public enum State {
    /** Takes it, though its queue may be full. */
    SERVING,
    /** Refuses it, and finishes those that are there: {@link VisionEngine#shutdown}. */
    DRAINING,
    /** Refuses it: {@link VisionEngine#close} was called. */
    CLOSED,
    /** Refuses it: the device or the engine itself failed. Only a new engine helps. */
    FAILED
  }

  /** Whether it takes requests. */
  public boolean isServing() {
    return state == State.SERVING;
  }
}
