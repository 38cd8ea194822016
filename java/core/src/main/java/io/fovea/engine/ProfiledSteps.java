package io.fovea.engine;

import io.fovea.model.Trace;
import io.fovea.ops.Ops;
import io.fovea.profiling.ProfilingOps;
import io.fovea.profiling.TimedStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Times every op of every step. Ops are told apart by the named result they lead to; as a model
 * names a result after it was computed, but always in one order, the first round teaches it.
 */
final class ProfiledSteps implements ProfiledRequest.Steps {
  /** Where the ops after the last named result lead. */
  private static final String LAST_STAGE = "output";

  private final ProfilingOps ops;
  private final Map<String, List<String>> stages = new HashMap<>(); // of each phase, in order
  private final PhaseSums sums;
  private List<String> expected = List.of();
  private final List<String> named = new ArrayList<>();

  ProfiledSteps(ProfilingOps ops, PhaseSums sums) {
    this.ops = ops;
    this.sums = sums;
  }

  @Override
  public Ops ops() {
    return ops;
  }

  @Override
  public Trace trace() {
    return (name, tensor) -> {
      named.add(name);
      announce();
    };
  }

  private void announce() {
    int next = named.size();
    ops.stage(next < expected.size() ? expected.get(next) : LAST_STAGE);
  }

  @Override
  public <T> T run(String phase, Supplier<T> step) {
    expected = stages.getOrDefault(phase, List.of());
    named.clear();
    announce();
    ops.begin(phase);
    T result = step.get();
    TimedStep timed = ops.end();
    if (named.size() > expected.size()) { // a prompt's last step names more than those before it
      stages.put(phase, List.copyOf(named));
    }
    sums.add(phase, timed);
    return result;
  }
}
