package io.fovea.decoding;

import java.util.BitSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary-sized arrays that choosing a token takes, so that requests share them instead of
 * having their own. Holds nothing from one choice to the next. One thread at a time.
 */
public final class SamplingScratch {
  private final float[] scores; // [V]: logits after the penalty
  private final int[] everyId; // [V]: 0, 1, ...
  private final BitSet seen = new BitSet(); // ids met in a list that must not repeat any
  private @Nullable Candidates candidates; // once somebody draws

  /**
   * @param vocabularySize V, the number of logits of a step; at least 1
   */
  public SamplingScratch(int vocabularySize) {
    if (vocabularySize < 1) {
      throw new IllegalArgumentException("a vocabulary of " + vocabularySize + " tokens");
    }
    scores = new float[vocabularySize];
    everyId = IntStream.range(0, vocabularySize).toArray();
  }

  float[] scores() {
    return scores;
  }

  int[] everyId() {
    return everyId;
  }

  /** Empty. */
  BitSet seen() {
    seen.clear();
    return seen;
  }

  Candidates candidates() {
    if (candidates == null) {
      candidates = new Candidates(scores.length);
    }
    return candidates;
  }
}
