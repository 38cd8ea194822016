package io.fovea.engine;

import io.fovea.image.RgbImage;
import io.fovea.model.CrossContext;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.Prompt;
import io.fovea.model.Trace;
import io.fovea.ops.Ops;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
    Stepper stepper = new Stepper(model, steps.ops(), steps.trace());
    try (ImageFeatures features = steps.run("encode", () -> encode(steps));
        CrossContext source = source(steps, features);
        SoloRun run = new SoloRun(model, prompt, List.of(features), source)) {
      while (run.inPrompt()) {
        beforeStep.run();
        int rows = Math.min(stepRows, run.ready());
        steps.run("prefill", () -> Optional.ofNullable(run.step(stepper, rows)));
      }
      for (int token = 0; token < tokens; token++) {
        beforeStep.run();
        steps.run("decode", () -> Optional.ofNullable(run.step(stepper, 1)));
      }
    }
  }

  private @Nullable CrossContext source(Steps steps, ImageFeatures features) {
    return prompt.hasSource()
        ? steps.run(
            "source", () -> model.source(steps.ops(), prompt, List.of(features), steps.trace()))
        : null;
  }

  private ImageFeatures encode(Steps steps) {
    int width = image.size().width();
    int height = image.size().height();
    return model.model().encode(steps.ops(), image.rgb(), width, height, steps.trace());
  }
}
