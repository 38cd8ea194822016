package io.fovea.decoding;

import io.fovea.grounding.BoxGrammar;
import io.fovea.grounding.ScoredBox;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Boxes under the grammar: the likeliest token among those allowed; the rest follows unasked. */
public final class BoxDecoding implements Decoding {
  private final Sampler sampler;
  private final int[] opening;
  private BoxGrammar.State state;

  /**
   * An answer to be decoded.
   *
   * @param beginning tokens that every answer begins with, before its boxes; may be none
   * @param start before its boxes
   */
  public BoxDecoding(int[] beginning, BoxGrammar.State start, Sampler sampler) {
    this.sampler = sampler;
    state = start;
    opening = IntStream.concat(IntStream.of(beginning), IntStream.of(takeForced())).toArray();
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
    double[] all = Objects.requireNonNull(chosen.probabilities(), "of the tokens allowed");
    state = state.accept(chosen.token(), all);
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
  public List<ScoredBox> found() {
    return state.step() instanceof BoxGrammar.Done done ? done.boxes() : List.of();
  }
}
