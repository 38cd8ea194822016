package io.fovea.profiling;

import java.util.List;

/**
 * A step of work and its ops.
 *
 * @param begin {@link System#nanoTime} when it began
 * @param milliseconds until all its work was done, on the host's clock
 */
public record TimedStep(long begin, double milliseconds, List<TimedOp> ops) {
  public TimedStep {
    ops = List.copyOf(ops);
  }
}
