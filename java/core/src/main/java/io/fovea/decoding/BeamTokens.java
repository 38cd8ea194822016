package io.fovea.decoding;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/** The tokens that a {@link BeamSearch} may choose. */
public final class BeamTokens {
  private final int vocabularySize;
  private final int end;
  private final int[] choosable; // ascending, the end token among them, never the pad

  private BeamTokens(int vocabularySize, int pad, int end, IntStream allowed) {
    this.vocabularySize = vocabularySize;
    this.end = Objects.checkIndex(end, vocabularySize);
    choosable =
        IntStream.concat(allowed, IntStream.of(end))
            .map(id -> Objects.checkIndex(id, vocabularySize))
            .filter(id -> id != pad)
            .sorted()
            .distinct()
            .toArray();
  }

  /**
   * All of a vocabulary but its pad.
   *
   * @param end ends an answer; not the pad
   */
  public static BeamTokens all(int vocabularySize, int pad, int end) {
    return new BeamTokens(vocabularySize, pad, end, IntStream.range(0, vocabularySize));
  }

  /**
   * Some of a vocabulary and the end token. The others lose their place, not their share of the
   * probability: log-probabilities are still those of the whole vocabulary.
   *
   * @throws IndexOutOfBoundsException for an id outside the vocabulary
   */
  public static BeamTokens only(int vocabularySize, int pad, int end, int... allowed) {
    return new BeamTokens(vocabularySize, pad, end, Arrays.stream(allowed));
  }

  int vocabularySize() {
    return vocabularySize;
  }

  int end() {
    return end;
  }

  /**
   * What may come after an answer of so many tokens, ascending: a view, not to be changed.
   *
   * @param end whether the answer may end
   * @param more whether it may go on
   */
  int[] choosable(boolean end, boolean more) {
    if (end && more) {
      return choosable;
    }
    return Arrays.stream(choosable).filter(id -> id == this.end ? end : more).toArray();
  }
}
