package io.fovea.engine;

import io.fovea.profiling.TimedOp;
import io.fovea.profiling.TimedStep;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Adds up the steps of each round and phase. */
final class PhaseSums {
  /** One op's calls in a phase of a round. */
  private static final class OpSum {
    private int calls;
    private double milliseconds;
    private long bytes;
    private long flops;

    void add(TimedOp op) {
      calls++;
      milliseconds += op.milliseconds();
      bytes += op.cost().bytes();
      flops += op.cost().flops();
    }
  }

  /** A phase of a round. */
  private static final class PhaseSum {
    private int steps;
    private double wall;
    private double unprofiled;
    private final Map<String, OpSum> ops = new LinkedHashMap<>();

    double inOps() {
      return ops.values().stream().mapToDouble(op -> op.milliseconds).sum();
    }
  }

  private final List<Map<String, PhaseSum>> rounds = new ArrayList<>();
  private final List<Profile.Call> calls = new ArrayList<>();
  private long roundBegin;

  /** A round begins; forgets the calls of the one before. */
  void beginRound() {
    rounds.add(new LinkedHashMap<>());
    calls.clear();
  }

  /** Forgets all rounds: they were to warm up. */
  void clear() {
    rounds.clear();
  }

  private PhaseSum phase(String name) {
    return rounds.get(rounds.size() - 1).computeIfAbsent(name, n -> new PhaseSum());
  }

  void addUnprofiled(String phase, double milliseconds) {
    phase(phase).unprofiled += milliseconds;
  }

  void add(String phase, TimedStep step) {
    if (calls.isEmpty()) {
      roundBegin = step.begin();
    }
    PhaseSum sum = phase(phase);
    sum.steps++;
    sum.wall += step.milliseconds();
    double stepBegin = (step.begin() - roundBegin) / 1e3;
    for (TimedOp op : step.ops()) {
      sum.ops.computeIfAbsent(op.op(), name -> new OpSum()).add(op);
      calls.add(
          new Profile.Call(
              phase,
              op.op(),
              op.stage(),
              op.operands(),
              stepBegin + 1e3 * op.begin(),
              1e3 * op.milliseconds(),
              op.cost().bytes(),
              op.cost().flops()));
    }
  }

  /** Every call of the last round. */
  List<Profile.Call> calls() {
    return List.copyOf(calls);
  }

  /** The phases, in the order they ran. */
  List<Profile.Phase> phases() {
    return rounds.get(0).keySet().stream().map(this::summary).toList();
  }

  private Profile.Phase summary(String name) {
    List<PhaseSum> sums = rounds.stream().map(round -> round.get(name)).toList();
    List<Profile.Op> ops =
        sums.get(0).ops.keySet().stream()
            .map(op -> summary(op, sums.stream().map(sum -> sum.ops.get(op)).toList()))
            .sorted(Comparator.comparingDouble(op -> -op.milliseconds().median()))
            .toList();
    return new Profile.Phase(
        name,
        sums.get(0).steps,
        spread(sums, sum -> sum.wall),
        spread(sums, sum -> sum.unprofiled),
        spread(sums, PhaseSum::inOps),
        spread(sums, sum -> sum.wall - sum.inOps()),
        ops);
  }

  /** Rounds are alike but for their times. */
  private static Profile.Op summary(String name, List<OpSum> sums) {
    OpSum any = sums.get(0);
    return new Profile.Op(
        name, any.calls, spread(sums, sum -> sum.milliseconds), any.bytes, any.flops);
  }

  private static <T> Spread spread(List<T> sums, ToDoubleFunction<T> value) {
    return Spread.of(sums.stream().mapToDouble(value).toArray());
  }
}
