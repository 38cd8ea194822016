package io.fovea.grounding;

/**
 * How sure a decoder was of the choices that made a box, so far.
 *
 * @param logProbability sum of the natural logarithms of their probabilities
 * @param choices how many they were
 */
record Certainty(double logProbability, int choices) {
  static final Certainty NONE = new Certainty(0, 0);

  /**
   * With one more.
   *
   * @throws IllegalArgumentException where this is no probability
   */
  Certainty and(double probability) {
    requireOne(probability);
    return new Certainty(logProbability + Math.log(probability), choices + 1);
  }

  /** Geometric mean of their probabilities, as {@link BoxConfidence} says. */
  double mean() {
    return BoxConfidence.ofBox(logProbability, choices);
  }

  /** Refuses what are not probabilities, one for each allowed token. */
  static void requireOneEach(int[] allowed, double[] probabilities) {
    if (probabilities.length != allowed.length) {
      throw new IllegalArgumentException(
          probabilities.length + " probabilities for " + allowed.length + " tokens");
    }
    for (double probability : probabilities) {
      requireOne(probability);
    }
  }

  private static void requireOne(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability " + probability);
    }
  }
}
