package io.fovea.model;

import io.fovea.ops.CacheRows;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a forward step reads and writes on the device, besides weights and cache. Letters: R rows, D
 * hidden size, V vocabulary, L rows whose logits are wanted.
 *
 * @param ids [R] i32
 * @param rows where each row's keys and values go, and its position on the first axis
 * @param logitRows [L] i32
 * @param logits [L, V] f32, to be written
 */
public record StepInputs(Tensor ids, CacheRows rows, Tensor logitRows, Tensor logits) {
  /** Rows of a step that is worth recording: sequences in a batch and what grammars force. */
  private static final int MOST_DECODE_ROWS = 64;

  /**
   * Whether the step has few rows, all of them words, and no context: all that differs between two
   * such steps is contents.
   */
  private static boolean isDecodeStep(StepPlan plan) {
    return plan.rows() <= MOST_DECODE_ROWS
        && plan.visionRows() == 0
        && plan.images().isEmpty()
        && plan.contexts().isEmpty();
  }

  /**
   * Uploads the step and runs {@code body}, which writes the logits. Of a decode step that nobody
   * traces, its ops must follow from the step's shape alone: they may be recorded and replayed.
   *
   * @return logits [L, V] f32, scratch of the caller's frame
   */
  public static Tensor run(
      Ops ops,
      StepPlan plan,
      KvCache cache,
      int vocabulary,
      Trace trace,
      Consumer<StepInputs> body) {
    boolean replayable = trace == Trace.NONE && isDecodeStep(plan);
    Tensor logits = ops.scratch(DType.F32, plan.logitRows().length, vocabulary);
    ops.frame(
        () -> {
          StepInputs inputs =
              new StepInputs(
                  ops.ints(plan.ids()), cacheRows(ops, plan), ops.ints(plan.logitRows()), logits);
          if (replayable) {
            ops.replayed(inputs.key(cache), () -> body.accept(inputs));
          } else {
            body.accept(inputs);
          }
        });
    return logits;
  }

  /** Equal for steps of one shape, whose tensors are at the same addresses. */
  private List<Object> key(KvCache cache) {
    Tensor pageTable = rows.pageTable();
    return List.of(
        cache.keys(0).address(),
        ids.address(),
        ids.size(0),
        pageTable.address(),
        pageTable.size(0),
        pageTable.size(1),
        logitRows.size(0),
        logits.address());
  }

  private static CacheRows cacheRows(Ops ops, StepPlan plan) {
    long pages = plan.pagesPerSequence();
    return new CacheRows(
        ops.ints(plan.positions()[0]),
        ops.ints(plan.slots()),
        ops.ints(plan.sequences()),
        ops.ints(plan.rowSlots()),
        ops.ints(plan.pageTable()).reshape(plan.pageTable().length / pages, pages));
  }

  /**
   * Words from the table, rows of pictures from their features. [R, D], scratch.
   *
   * @param table [V, D]
   */
  public Tensor embed(Ops ops, StepPlan plan, Tensor table, DType dtype) {
    Tensor x = ops.scratch(dtype, plan.rows(), table.size(1));
    ops.embedRowsInto(table, ids, x);
    for (StepPlan.ImageRows image : plan.images()) {
      int first = image.firstRow();
      ops.gatherRowsInto(
          image.features().rows(),
          ops.ints(image.featureRows()),
          x.rows(first, first + image.featureRows().length));
    }
    return x;
  }

  /** Whether logits are wanted of any row. */
  public boolean wantsLogits() {
    return logits.size(0) > 0;
  }

  /** The rows of x [R, D] whose logits are wanted: [L, D], scratch. */
  public Tensor last(Ops ops, Tensor x) {
    Tensor last = ops.scratch(x.dtype(), logits.size(0), x.size(1));
    ops.gatherRowsInto(x, logitRows, last);
    return last;
  }
}
