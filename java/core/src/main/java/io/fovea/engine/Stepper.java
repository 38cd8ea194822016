package io.fovea.engine;

import io.fovea.decoding.Choice;
import io.fovea.decoding.TokenChooser;
import io.fovea.model.StepPlan;
import io.fovea.model.Trace;
import io.fovea.ops.Ops;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Runs forward steps and keeps the last one's logits. Engine thread only. */
final class Stepper {
  private final LoadedModel model;
  private final Ops ops;
  private final Trace trace;
  private final int vocabulary;
  private List<Choice> choices = List.of();
  private List<Choice.Chosen> chosen = List.of(); // by the device; empty: the host chooses
  private ByteBuffer logits = ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());

  Stepper(LoadedModel model) {
    this(model, model.ops(), Trace.NONE);
  }

  /**
   * Steps that somebody looks into.
   *
   * @param ops the model's own, or such as watch them
   * @param trace told of intermediate results
   */
  Stepper(LoadedModel model, Ops ops, Trace trace) {
    this.model = model;
    this.ops = ops;
    this.trace = trace;
    vocabulary = model.sizes().vocabSize();
  }

  /**
   * One forward step and the choices after it; on a device that chooses itself only tokens come
   * back to the host.
   *
   * @param choices of the rows asked for
   */
  void run(StepPlan plan, List<Choice> choices) {
    this.choices = choices;
    if (!ops.samples() || choices.isEmpty()) {
      chosen = List.of();
      run(plan);
      return;
    }
    ops.frame(
        () -> {
          Tensor rows = model.model().forward(ops, plan, model.cache(), trace);
          chosen = TokenChooser.onDevice(ops, rows, choices);
        });
  }

  /**
   * The token chosen for one of the rows asked for.
   *
   * @throws io.fovea.NativeFaultException where its logits are not numbers; it names the weight
   *     that is none
   */
  Choice.Chosen chosen(int row) {
    return chosen.isEmpty() ? chosen(choices.get(row), row) : model.judged(() -> chosen.get(row));
  }

  /** As {@link #chosen(int)}, chosen now, by the host. */
  Choice.Chosen chosen(Choice choice, int row) {
    return model.judged(() -> TokenChooser.onHost(choice, logits(row)));
  }

  /** One forward step whose logits come to the host. */
  void run(StepPlan plan) {
    ops.frame(
        () -> {
          Tensor rows = model.model().forward(ops, plan, model.cache(), trace);
          int bytes = Math.toIntExact(rows.bytes());
          if (logits.capacity() < bytes) {
            logits = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
          }
          logits.clear().limit(bytes);
          ops.memory().download(rows, logits);
        });
  }

  /** The logits [V] of one of the rows asked for; valid until the next step. */
  private FloatBuffer logits(int row) {
    return logits.asFloatBuffer().slice(row * vocabulary, vocabulary);
  }

  /** A copy of all logits of the last step, [rows asked for, V]. */
  float[] allLogits() {
    float[] values = new float[logits.limit() / Float.BYTES];
    logits.asFloatBuffer().get(values);
    return values;
  }
}
