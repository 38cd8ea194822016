package io.fovea.decoding;

import org.jspecify.annotations.Nullable;

/** Decides which tokens follow. One instance serves one request. */
public interface Decoding {
  /**
   * One choice and what follows from it.
   *
   * @param chosen token the model chose
   * @param logProbability natural logarithm of its probability among the tokens allowed
   * @param forced tokens that follow in any case
   * @param end whether the answer ends with them
   * @param endToken whether {@code chosen} only marks the end and has no text
   */
  @SuppressWarnings("ArrayRecordComponent") // engine-internal, never compared
  public record Next(
      int chosen, double logProbability, int[] forced, boolean end, boolean endToken) {}

  /** Tokens every answer begins with; they are run together with the prompt. */
  int[] opening();

  /** What is to be chosen next. */
  Choice choice();

  /** What follows from a choice. */
  Next next(Choice.Chosen chosen);

  /** Boxes found so far, or null where they are to be read from the text. */
  @Nullable BoxDecoding boxes();
}
