package io.fovea.engine;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Makes each step of an engine last a few milliseconds. */
class SlowSteps implements EngineListener {
  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  @Override
  public void step(StepEvent event) {
    LockSupport.parkNanos(PAUSE_NANOS);
  }
}
