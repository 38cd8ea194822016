package io.fovea.grounding;

/**
 * How sure a model was of a box it generated digit by digit, or number by number.
 *
 * <p>A number token's probability is renormalised over those the grammar allowed: with logits z and
 * allowed tokens A, p(t) = exp(z[t]) / sum over a in A of exp(z[a]). The confidence of a box is the
 * geometric mean over its n number tokens (twelve digits, or four coordinates), exp(1/n * sum of ln
 * p). A token with no alternative has p = 1. It is a measure of the model's certainty, not a
 * calibrated probability of being right.
 */
public final class BoxConfidence {
  private BoxConfidence() {}

  /**
   * Probability of {@code chosen} among the allowed tokens.
   *
   * @param logits one for each token of the vocabulary, natural-log scale, before any temperature
   * @param allowed token ids; {@code chosen} is one of them
   */
  public static double probability(float[] logits, int[] allowed, int chosen) {
    double max = Double.NEGATIVE_INFINITY;
    for (int id : allowed) {
      max = Math.max(max, logits[id]);
    }
    double sum = 0;
    for (int id : allowed) {
      sum += Math.exp(logits[id] - max);
    }
    return Math.exp(logits[chosen] - max) / sum;
  }

  /**
   * Geometric mean of the number tokens' probabilities.
   *
   * @param logProbability sum of their natural logarithms, at most 0
   * @param numbers how many they are
   */
  static double ofBox(double logProbability, int numbers) {
    return Math.exp(logProbability / numbers);
  }
}
