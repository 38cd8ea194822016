package io.fovea.engine;

import io.fovea.model.Trace;
import io.fovea.nativeops.NativeOps;
import io.fovea.ops.Ops;
import java.util.function.Supplier;

/** Times steps as a whole, run as the engine runs them. */
record UnprofiledSteps(NativeOps device, PhaseSums sums) implements ProfiledRequest.Steps {
  @Override
  public Ops ops() {
    return device;
  }

  @Override
  public Trace trace() {
    return Trace.NONE;
  }

  @Override
  public <T> T run(String phase, Supplier<T> step) {
    long begin = System.nanoTime();
    T result = step.get();
    device.clock().mark(0);
    device.clock().milliseconds(0, 0); // waits for all work queued
    sums.addUnprofiled(phase, (System.nanoTime() - begin) / 1e6);
    return result;
  }
}
