package io.fovea.engine;

import java.util.List;

/**
 * Where a request's time goes: {@link Diagnostics#profile}.
 *
 * @param promptTokens of these {@code imageTokens} the picture's
 * @param tokens decoded
 * @param rounds measured
 * @param phases encode (pixels to features), source (what an encoder reads as a whole; no model of
 *     a decoder alone has this), prefill (all prompt tokens that the decoder takes, in steps as the
 *     engine takes them), decode (one token a step)
 * @param calls of the last round, in order
 */
public record Profile(
    int promptTokens,
    int imageTokens,
    int tokens,
    int rounds,
    Peaks peaks,
    List<Phase> phases,
    List<Call> calls) {
  public Profile {
    phases = List.copyOf(phases);
    calls = List.copyOf(calls);
  }

  /**
   * A phase of one round. Times are milliseconds; a spread is over the rounds.
   *
   * @param steps the phase is made of
   * @param wall until all its work was done, measuring included
   * @param unprofiled the same without measuring
   * @param inOps of {@code wall}, the ops' own time
   * @param outsideOps the rest: Java, launches, waiting, measuring
   * @param ops in order of their time, longest first
   */
  public record Phase(
      String name,
      int steps,
      Spread wall,
      Spread unprofiled,
      Spread inOps,
      Spread outsideOps,
      List<Op> ops) {
    public Phase {
      ops = List.copyOf(ops);
    }

    /** Bytes that all ops move at least. */
    public long bytes() {
      return ops.stream().mapToLong(Op::bytes).sum();
    }

    /** Floating-point operations of all ops. */
    public long flops() {
      return ops.stream().mapToLong(Op::flops).sum();
    }

    /** Milliseconds that the ops take at least, one after another. */
    public double leastMilliseconds(Peaks peaks) {
      return ops.stream().mapToDouble(op -> op.leastMilliseconds(peaks)).sum();
    }
  }

  /**
   * All calls of an op in a phase of one round.
   *
   * @param milliseconds of all calls together, on the device's clock
   * @param bytes that they move at least, each operand of a call once
   * @param flops floating-point operations
   */
  public record Op(String name, int calls, Spread milliseconds, long bytes, long flops) {
    /** What sets the least time of an op. */
    public enum Bound {
      COMPUTE,
      MEMORY,
      /** The way between host and device; it has no roof here. */
      HOST
    }

    /** What sets this op's least time. */
    public Bound bound(Peaks peaks) {
      if (name.equals("upload") || name.equals("download")) {
        return Bound.HOST;
      }
      return peaks.isComputeBound(bytes, flops) ? Bound.COMPUTE : Bound.MEMORY;
    }

    /** Milliseconds that all calls take at least; 0 for copies from and to the host. */
    public double leastMilliseconds(Peaks peaks) {
      return bound(peaks) == Bound.HOST ? 0 : peaks.milliseconds(bytes, flops);
    }
  }

  /**
   * One call of an op.
   *
   * @param stage the named result it led to, such as {@code language.layers.3}
   * @param operands dtypes and shapes
   * @param begin microseconds since the round's begin
   * @param microseconds it took
   */
  public record Call(
      String phase,
      String op,
      String stage,
      String operands,
      double begin,
      double microseconds,
      long bytes,
      long flops) {}
}
