package io.fovea.engine;

import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.ScoredBox;
import io.fovea.sampling.Sampler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Boxes under the grammar: the likeliest token among those allowed; the rest follows unasked. */
final class BoxDecoding implements Decoding {
  private final Sampler sampler;
  private final int[] opening;
  private BoxGrammar.State state;

  BoxDecoding(BoxGrammar grammar, int maxBoxes, Sampler sampler) {
    this.sampler = sampler;
    state = grammar.start(maxBoxes);
    opening = takeForced();
  }

  @Override
  public int[] opening() {
    return opening.clone();
  }

  @Override
  public Choice choice() {
    if (!(state.step() instanceof BoxGrammar.Choose choose)) {
      throw new IllegalStateException("the grammar has no choice at " + state.step());
    }
    return new Choice(sampler, choose.allowedIds());
  }

  @Override
  public Next next(Choice.Chosen chosen) {
    state = state.accept(chosen.token(), Math.min(1, Math.exp(chosen.logProbability())));
    int[] forced = takeForced();
    boolean end = state.step() instanceof BoxGrammar.Done;
    return new Next(chosen.token(), chosen.logProbability(), forced, end, false);
  }

  private int[] takeForced() {
    if (state.step() instanceof BoxGrammar.Forced forced) {
      state = state.accept(forced);
      return forced.ids();
    }
    return new int[0];
  }

  @Override
  public @Nullable BoxDecoding boxes() {
    return this;
  }

  /** The boxes of a finished answer; none before. */
  List<ScoredBox> found() {
    return state.step() instanceof BoxGrammar.Done done ? done.boxes() : List.of();
  }
}
