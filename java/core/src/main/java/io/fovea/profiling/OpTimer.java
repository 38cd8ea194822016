package io.fovea.profiling;

import io.fovea.ops.WorkClock;
import io.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Sets two marks around each op of a step and reads them when the step is over, so that no op waits
 * for its time; only a step of more ops than there are marks is read in parts.
 */
final class OpTimer {
  private static final int ORIGIN = 0; // mark of the step's begin
  private static final int END = 1; // and of its end
  private static final int FIRST = 2;

  /** An op whose marks are set, {@code mark} and the next. */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  private record Marked(String op, String stage, Tensor[] operands, OpCost cost, int mark) {}

  private final WorkClock clock;
  private final List<Marked> marked = new ArrayList<>();
  private final List<TimedOp> timed = new ArrayList<>();
  private String phase = "";
  private String stage = "";
  private long begin;
  private int next = FIRST;

  OpTimer(WorkClock clock) {
    this.clock = clock;
  }

  /** Begins a step; {@code phase} comes first in the names of its ranges. */
  void begin(String phase) {
    this.phase = phase;
    marked.clear();
    timed.clear();
    next = FIRST;
    begin = System.nanoTime();
    clock.mark(ORIGIN);
  }

  /** Names the result that the next ops lead to. */
  void stage(String name) {
    stage = name;
  }

  /**
   * Runs an op that makes its result.
   *
   * @param operands to describe it by; none: the result
   */
  Tensor time(String op, Supplier<Tensor> call, Function<Tensor, OpCost> cost, Tensor... operands) {
    int mark = open(op);
    Tensor result;
    try {
      result = call.get();
      clock.mark(mark + 1);
    } finally {
      clock.endRange();
    }
    Tensor[] described = operands.length == 0 ? new Tensor[] {result} : operands;
    marked.add(new Marked(op, stage, described, cost.apply(result), mark));
    return result;
  }

  /** Runs an op that makes nothing new. */
  void time(String op, Runnable call, OpCost cost, Tensor... operands) {
    int mark = open(op);
    try {
      call.run();
      clock.mark(mark + 1);
    } finally {
      clock.endRange();
    }
    marked.add(new Marked(op, stage, operands, cost, mark));
  }

  private int open(String op) {
    if (next + 2 > WorkClock.MARKS) {
      readMarks();
    }
    int mark = next;
    next += 2;
    clock.beginRange(phase + "." + stage + "." + op);
    clock.mark(mark);
    return mark;
  }

  /** Waits for the step's work and reads its times. */
  TimedStep end() {
    clock.mark(END);
    clock.milliseconds(ORIGIN, END); // waits
    double milliseconds = (System.nanoTime() - begin) / 1e6;
    readMarks();
    return new TimedStep(begin, milliseconds, timed);
  }

  private void readMarks() {
    for (Marked op : marked) {
      timed.add(
          new TimedOp(
              op.op(),
              op.stage(),
              describe(op.operands()),
              op.cost(),
              clock.milliseconds(ORIGIN, op.mark()),
              clock.milliseconds(op.mark(), op.mark() + 1)));
    }
    marked.clear();
    next = FIRST;
  }

  /** Such as "BF16[12, 4096] BF16[4096, 4096]". */
  private static String describe(Tensor[] operands) {
    StringBuilder text = new StringBuilder();
    for (Tensor operand : operands) {
      String shape = Arrays.toString(operand.shape());
      text.append(text.isEmpty() ? "" : " ").append(operand.dtype()).append(shape);
    }
    return text.toString();
  }
}
