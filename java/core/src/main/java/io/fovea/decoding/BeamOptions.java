package io.fovea.decoding;

/**
 * How a {@link BeamSearch} goes. Lengths count the tokens an answer begins with in any case, but
 * neither the begin nor the end token.
 *
 * @param beams hypotheses that are followed at a time, and finished ones that end the search; 1 is
 *     greedy
 * @param minLength no answer is shorter
 * @param maxLength no answer is longer: the end is forced and keeps its log-probability
 * @param lengthPenalty scores are sums of log-probabilities, divided by the length, the end token
 *     included, to this power
 * @param noRepeat length of the n-grams that may not come again in a hypothesis, its begin token
 *     included; 0: all may
 */
public record BeamOptions(
    int beams, int minLength, int maxLength, double lengthPenalty, int noRepeat) {
  public BeamOptions {
    if (beams < 1 || minLength < 0 || maxLength < minLength || noRepeat < 0) {
      throw new IllegalArgumentException(
          beams + " beams, lengths " + minLength + " to " + maxLength + ", n-grams of " + noRepeat);
    }
    if (!Double.isFinite(lengthPenalty)) {
      throw new IllegalArgumentException("a length penalty of " + lengthPenalty);
    }
  }
}
