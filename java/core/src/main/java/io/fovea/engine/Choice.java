package io.fovea.engine;

import io.fovea.sampling.Sampler;
import org.jspecify.annotations.Nullable;

/**
 * A token to be chosen after a step.
 *
 * @param sampler chooses, or says how to
 * @param allowed tokens it may be; null: any
 */
@SuppressWarnings("ArrayRecordComponent") // engine-internal, never compared
record Choice(Sampler sampler, int @Nullable [] allowed) {
  /**
   * What was chosen.
   *
   * @param logProbability natural logarithm of its probability among the tokens allowed
   */
  record Chosen(int token, double logProbability) {}
}
