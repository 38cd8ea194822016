package io.fovea.engine;

import io.fovea.image.RgbImage;
import io.fovea.model.KvCache;
import io.fovea.model.Trace;
import io.fovea.model.cogvlm.ImageFeatures;
import io.fovea.model.cogvlm.StepPlan;
import io.fovea.ops.Ops;
import io.fovea.sampling.Sampler;
import io.fovea.sampling.SamplingOptions;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Supplier;

/** A request from pixels to its last token, in steps like the engine's, alike in every round. */
final class ProfiledRequest {
  /** Runs steps with its ops, and times them. */
  interface Steps {
    Ops ops();

    Trace trace();

    /** Runs one step of {@code phase}. */
    <T> T run(String phase, Supplier<T> step);
  }

  private final LoadedModel model;
  private final RgbImage image;
  private final Prompt prompt;
  private final int tokens;
  private final int stepRows;
  private final Choice choice;
  private final ByteBuffer logits; // [V] f32

  /**
   * @param tokens to decode after the prompt, greedily
   * @param stepRows most prompt rows in a step
   */
  ProfiledRequest(LoadedModel model, RgbImage image, Prompt prompt, int tokens, int stepRows) {
    this.model = model;
    this.image = image;
    this.prompt = prompt;
    this.tokens = tokens;
    this.stepRows = stepRows;
    int vocabulary = model.config().vocabSize();
    choice = new Choice(new Sampler(SamplingOptions.greedy(), vocabulary), /* allowed= */ null);
    logits =
        ByteBuffer.allocateDirect(Math.multiplyExact(Float.BYTES, vocabulary))
            .order(ByteOrder.nativeOrder());
  }

  LoadedModel model() {
    return model;
  }

  Prompt prompt() {
    return prompt;
  }

  /** Cache pages it takes. */
  int pages() {
    return KvCache.pagesFor(prompt.length() + tokens);
  }

  /**
   * Runs all of it.
   *
   * @param beforeStep may throw to end it
   */
  void run(Steps steps, Runnable beforeStep) {
    beforeStep.run();
    try (ImageFeatures features = steps.run("encode", () -> encode(steps));
        SequenceRun run =
            new SequenceRun(
                model, prompt, features, /* promptKeys= */ null, /* generates= */ true)) {
      run.enter();
      int id = -1;
      while (run.inPrompt()) {
        beforeStep.run();
        int rows = Math.min(stepRows, run.ready());
        id = steps.run("prefill", () -> forward(steps, run, rows));
      }
      for (int token = 0; token < tokens; token++) {
        beforeStep.run();
        run.append(new int[] {id});
        id = steps.run("decode", () -> forward(steps, run, 1));
      }
    }
  }

  private ImageFeatures encode(Steps steps) {
    int width = image.size().width();
    int height = image.size().height();
    return model.model().encode(steps.ops(), image.rgb(), width, height, steps.trace());
  }

  /** The next {@code rows} rows. Returns the likeliest token after them, or -1 in the prompt. */
  private int forward(Steps steps, SequenceRun run, int rows) {
    boolean ends = run.wantsLogits(rows);
    StepPlan.Builder plan = new StepPlan.Builder();
    run.reserve(rows);
    run.addTo(plan, rows);
    Ops ops = steps.ops();
    int[] next = {-1};
    ops.frame(
        () -> {
          Tensor row = model.model().forward(ops, plan.build(), model.cache(), steps.trace());
          if (ends) {
            next[0] = choose(ops, row);
          }
        });
    run.advance(rows);
    return next[0];
  }

  /** The token after logits [1, V], chosen where the engine chooses it. */
  private int choose(Ops ops, Tensor row) {
    List<Choice.Chosen> onDevice =
        ops.samples() ? TokenChooser.onDevice(ops, row, List.of(choice)) : List.of();
    if (onDevice.isEmpty()) {
      ops.memory().download(row, logits);
    }
    return model
        .judged(
            () ->
                onDevice.isEmpty()
                    ? TokenChooser.onHost(choice, logits.asFloatBuffer())
                    : onDevice.get(0))
        .token();
  }
}
