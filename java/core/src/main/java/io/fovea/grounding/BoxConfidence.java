package io.fovea.grounding;

import java.util.stream.IntStream;

/**
 * How sure a model was of a box it generated digit by digit, or number by number.
 *
 * <p>A token's probability is renormalised over those the grammar allowed: with logits z and
 * allowed tokens A, p(t) = exp(z[t]) / sum over a in A of exp(z[a]). The confidence of a box is the
 * geometric mean over the n choices that its notation leaves (CogVLM's twelve digits, Kosmos-2's
 * two cells, with Qwen-VL also where a number ends), exp(1/n * sum of ln p). A choice with but one
 * token left, as the far corner is not before the near one, has p = 1. It is a measure of the
 * model's certainty, not a calibrated probability of being right.
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
    double[] all = probabilities(logits, allowed);
    return all[
        IntStream.range(0, all.length).filter(i -> allowed[i] == chosen).findFirst().orElseThrow()];
  }

  /**
   * Probabilities of the allowed tokens, in their order.
   *
   * @param logits as above
   */
  public static double[] probabilities(float[] logits, int[] allowed) {
    float[] theirs = new float[allowed.length];
    for (int i = 0; i < theirs.length; i++) {
      theirs[i] = logits[allowed[i]];
    }
    return softmax(theirs);
  }

  /**
   * Probabilities, in the order of their logits.
   *
   * @param logits at least one above -infinity
   */
  public static double[] softmax(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double[] probabilities = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = Math.exp(logits[i] - max);
      sum += probabilities[i];
    }
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
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
