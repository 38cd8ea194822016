package io.fovea.decoding;

import org.jspecify.annotations.Nullable;

/**
 * A token to be chosen after a step.
 *
 * @param sampler chooses, or says how to
 * @param allowed tokens it may be; null: any
 * @param banned tokens that it may not be, where any other may
 */
@SuppressWarnings("ArrayRecordComponent") // engine-internal, never compared
public record Choice(Sampler sampler, int @Nullable [] allowed, int[] banned) {
  private static final int[] NONE = {};

  /**
   * A choice without bans.
   *
   * @param allowed tokens it may be; null: any
   */
  public Choice(Sampler sampler, int @Nullable [] allowed) {
    this(sampler, allowed, NONE);
  }

  /**
   * What was chosen.
   *
   * @param logProbability natural logarithm of its probability among the tokens allowed
   * @param probabilities of the tokens allowed, in their order; null where any was
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record Chosen(int token, double logProbability, double @Nullable [] probabilities) {}
}
