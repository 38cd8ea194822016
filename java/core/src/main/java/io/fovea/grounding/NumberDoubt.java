package io.fovea.grounding;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a number could have become instead, by the model's probabilities: from it follows the {@link
 * EdgeSpread} of an edge.
 *
 * @param reached probability of all that was chosen of the number
 * @param others the branches left aside
 */
record NumberDoubt(double reached, List<Branch> others) {
  static final NumberDoubt NONE = new NumberDoubt(1, List.of());

  /**
   * A branch left aside.
   *
   * @param values the numbers it leads to, ascending
   * @param mass its probability
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record Branch(int[] values, double mass) {
    /** Its number of at least {@code least} that is nearest to another; there is one. */
    private int nearest(int answer, int least) {
      int found = Arrays.binarySearch(values, answer);
      int above = found >= 0 ? found : -found - 1;
      boolean hasBelow = above > 0 && values[above - 1] >= least;
      if (above == values.length
          || (hasBelow && answer - values[above - 1] < values[above] - answer)) {
        return values[above - 1];
      }
      return values[above];
    }
  }

  /**
   * With one more choice.
   *
   * @param node what was spelled of the number before it
   * @param allowed the tokens that it was made from
   * @param probabilities of these
   * @param chosen one of them
   */
  NumberDoubt and(NumberTree node, int[] allowed, double[] probabilities, int chosen) {
    List<Branch> more = new ArrayList<>(others);
    double after = 0;
    for (int i = 0; i < allowed.length; i++) {
      int id = allowed[i];
      double mass = reached * probabilities[i];
      if (id == chosen) {
        after = mass;
      } else if (mass != 0) {
        more.add(
            new Branch(node.has(id) ? node.after(id).values() : new int[] {node.value()}, mass));
      }
    }
    return new NumberDoubt(after, more);
  }

  /**
   * Standard deviation, in steps of the number.
   *
   * @param answer the number chosen
   * @param least the least that it may have been
   */
  double deviation(int answer, int least) {
    double[] masses = new double[others.size() + 1];
    double[] values = new double[masses.length];
    for (int i = 0; i < others.size(); i++) {
      masses[i] = others.get(i).mass();
      values[i] = others.get(i).nearest(answer, least) - answer;
    }
    masses[others.size()] = reached; // at the answer itself: 0
    return EdgeSpread.deviation(masses, values);
  }
}
