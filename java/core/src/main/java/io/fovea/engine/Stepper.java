package io.fovea.engine;

import io.fovea.model.Trace;
import io.fovea.model.cogvlm.StepPlan;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Runs forward steps and keeps the last one's logits. Engine thread only. */
final class Stepper {
  private final LoadedModel model;
  private final int vocabulary;
  private List<Choice> choices = List.of();
  private List<Choice.Chosen> chosen = List.of(); // by the device; empty: the host chooses
  private ByteBuffer logits = ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());

  Stepper(LoadedModel model) {
    this.model = model;
    vocabulary = model.config().vocabSize();
  }

  /** One forward step. */
  void run(StepPlan plan) {
    run(plan, Trace.NONE);
  }

  /**
   * One forward step and the choices after it; on a device that chooses itself only tokens come
   * back to the host.
   *
   * @param choices of the rows asked for
   */
  void run(StepPlan plan, List<Choice> choices) {
    this.choices = choices;
    if (!model.ops().samples() || choices.isEmpty()) {
      chosen = List.of();
      run(plan);
      return;
    }
    model
        .ops()
        .frame(
            () -> {
              Tensor rows = model.model().forward(model.ops(), plan, model.cache(), Trace.NONE);
              chosen = TokenChooser.onDevice(model.ops(), rows, choices);
            });
  }

  /**
   * The token chosen for one of the rows asked for.
   *
   * @throws io.fovea.NativeFaultException where its logits are not numbers; it names the weight
   *     that is none
   */
  Choice.Chosen chosen(int row) {
    return model.judged(
        () ->
            chosen.isEmpty()
                ? TokenChooser.onHost(choices.get(row), logits(row))
                : chosen.get(row));
  }

  /** One forward step that reports its intermediate results. */
  void run(StepPlan plan, Trace trace) {
    model
        .ops()
        .frame(
            () -> {
              Tensor rows = model.model().forward(model.ops(), plan, model.cache(), trace);
              int bytes = Math.toIntExact(rows.bytes());
              if (logits.capacity() < bytes) {
                logits = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
              }
              logits.clear().limit(bytes);
              model.ops().memory().download(rows, logits);
            });
  }

  /** The logits [V] of one of the rows asked for; valid until the next step. */
  FloatBuffer logits(int row) {
    return logits.asFloatBuffer().slice(row * vocabulary, vocabulary);
  }

  /** A copy of all logits of the last step, [rows asked for, V]. */
  float[] allLogits() {
    float[] values = new float[logits.limit() / Float.BYTES];
    logits.asFloatBuffer().get(values);
    return values;
  }
}
