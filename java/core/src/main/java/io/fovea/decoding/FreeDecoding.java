package io.fovea.decoding;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Any token may follow; the sampler chooses; an end token ends the answer. */
public final class FreeDecoding implements Decoding {
  private final Sampler sampler;
  private final Set<Integer> endTokens;
  private final NoRepeat noRepeat;

  /**
   * @param promptIds what counts as said before
   * @param noRepeat length of the n-grams that may not come again; 0: all may
   */
  public FreeDecoding(Sampler sampler, Set<Integer> endTokens, int[] promptIds, int noRepeat) {
    this.sampler = sampler;
    this.endTokens = endTokens;
    this.noRepeat = new NoRepeat(noRepeat, promptIds);
    sampler.observe(promptIds);
  }

  @Override
  public int[] opening() {
    return new int[0];
  }

  @Override
  public Choice choice() {
    return new Choice(sampler, null, noRepeat.banned());
  }

  @Override
  public Next next(Choice.Chosen chosen) {
    noRepeat.add(chosen.token());
    boolean end = endTokens.contains(chosen.token());
    return new Next(chosen.token(), chosen.logProbability(), new int[0], end, end);
  }

  @Override
  public @Nullable BoxDecoding boxes() {
    return null;
  }
}
