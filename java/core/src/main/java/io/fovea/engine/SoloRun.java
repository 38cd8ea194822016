package io.fovea.engine;

import io.fovea.decoding.Choice;
import io.fovea.decoding.Decoding;
import io.fovea.decoding.FreeDecoding;
import io.fovea.decoding.Sampler;
import io.fovea.model.CrossContext;
import io.fovea.model.ImageFeatures;
import io.fovea.model.Prompt;
import io.fovea.model.StepPlan;
import io.fovea.sampling.SamplingOptions;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request, answered greedily, that shares neither steps nor cached prefixes with any other. */
final class SoloRun implements AutoCloseable {
  private final LoadedModel model;
  private final SequenceRun run;
  private final Decoding decoding;

  /**
   * Nothing runs yet.
   *
   * @param pictures features of the prompt's pictures; stay the caller's
   * @param source as in {@link SequenceRun}; stays the caller's
   */
  SoloRun(
      LoadedModel model,
      Prompt prompt,
      List<ImageFeatures> pictures,
      @Nullable CrossContext source) {
    this.model = model;
    run =
        new SequenceRun(
            model, prompt, pictures, source, /* promptKeys= */ null, /* generates= */ true);
    Sampler sampler = new Sampler(SamplingOptions.greedy(), model.sizes().vocabSize());
    decoding =
        new FreeDecoding(sampler, model.endTokens(), prompt.ids(), model.description().noRepeat());
    run.enter();
  }

  /** Whether prompt rows are left. */
  boolean inPrompt() {
    return run.inPrompt();
  }

  /** Rows that could run now. */
  int ready() {
    return run.ready();
  }

  /**
   * Runs the next rows; the token chosen after them is the next row.
   *
   * @return what was chosen, or null where the prompt goes on
   */
  Decoding.@Nullable Next step(Stepper stepper, int rows) {
    boolean ends = run.wantsLogits(rows);
    StepPlan.Builder plan = new StepPlan.Builder(model.sizes().axes());
    run.reserve(rows);
    run.addTo(plan, rows);
    List<Choice> choices = ends ? List.of(decoding.choice()) : List.of();
    stepper.run(plan.build(), choices);
    run.advance(rows);
    return ends ? take(stepper.chosen(0)) : null;
  }

  /**
   * Runs the whole prompt in one step; {@code stepper} keeps the logits of all its rows.
   *
   * @param planned told of the step before it runs
   * @return what was chosen after it
   */
  Decoding.Next promptInOneStep(Stepper stepper, Consumer<StepPlan> planned) {
    int rows = run.ready();
    run.reserve(rows);
    StepPlan.Builder builder = new StepPlan.Builder(model.sizes().axes());
    run.addTo(builder, rows, rows);
    StepPlan plan = builder.build();
    planned.accept(plan);
    stepper.run(plan);
    run.advance(rows);
    return take(stepper.chosen(decoding.choice(), rows - 1));
  }

  private Decoding.Next take(Choice.Chosen chosen) {
    Decoding.Next next = decoding.next(chosen);
    run.append(new int[] {next.chosen()});
    return next;
  }

  /** Gives its pages back. */
  @Override
  public void close() {
    run.close();
  }
}
