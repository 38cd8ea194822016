package io.fovea.grounding;

/**
 * How sure a model was of a box it generated digit by digit.
 *
 * <p>A digit's probability is renormalised over the digits the grammar allowed: with logits z and
 * allowed tokens A, p(t) = exp(z[t]) / sum over a in A of exp(z[a]). The confidence of a box is the
 * geometric mean over its twelve digits, exp(1/12 * sum of ln p). A digit with no alternative has p
 * = 1. It is a measure of the model's certainty, not a calibrated probability of being right.
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
   * Geometric mean of the digits' probabilities.
   *
   * @param logProbability sum of their natural logarithms, at most 0
   */
  static double ofBox(double logProbability) {
    return Math.exp(logProbability / BoxSpelling.DIGITS_A_BOX);
  }
}
