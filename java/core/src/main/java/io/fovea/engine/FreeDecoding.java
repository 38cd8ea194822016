package io.fovea.engine;

import io.fovea.sampling.Sampler;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Any token may follow; the sampler chooses; an end token ends the answer. */
final class FreeDecoding implements Decoding {
  private final Sampler sampler;
  private final Set<Integer> endTokens;

  /**
   * @param promptIds what a repetition penalty counts as said before
   */
  FreeDecoding(Sampler sampler, Set<Integer> endTokens, int[] promptIds) {
    this.sampler = sampler;
    this.endTokens = endTokens;
    sampler.observe(promptIds);
  }

  @Override
  public int[] opening() {
    return new int[0];
  }

  @Override
  public Choice choice() {
    return new Choice(sampler, null);
  }

  @Override
  public Next next(Choice.Chosen chosen) {
    boolean end = endTokens.contains(chosen.token());
    return new Next(chosen.token(), chosen.logProbability(), new int[0], end, end);
  }

  @Override
  public @Nullable BoxDecoding boxes() {
    return null;
  }
}
