package io.fovea.engine;

import io.fovea.model.Trace;
import io.fovea.model.cogvlm.StepPlan;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Runs forward steps and keeps the last one's logits. Engine thread only. */
final class Stepper {
  private final LoadedModel model;
  private final int vocabulary;
  private ByteBuffer logits = ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());

  Stepper(LoadedModel model) {
    this.model = model;
    vocabulary = model.config().vocabSize();
  }

  /** One forward step. */
  void run(StepPlan plan) {
    run(plan, Trace.NONE);
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
