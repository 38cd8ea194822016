package io.fovea.grounding;

/**
 * How far a model would have spread the edges of a box that it generated: for each edge a standard
 * deviation, in thousandths of the picture's width (x0, x1) or height (y0, y1), as {@link Box}
 * counts. 0 where it had no doubt.
 *
 * <p>An edge is a number X that is chosen in steps: digit by digit, or at once. At step k token c_k
 * is chosen and each other allowed token a has probability p_k(a), renormalised over the allowed
 * ones. The model says with probability q(k, a) = p_1(c_1) ... p_{k-1}(c_{k-1}) p_k(a) that X
 * leaves the answer's digits there. What it would have gone on with is not known, because it was
 * not asked. So the mass of each such branch is put on the number of that branch which is nearest
 * to the answer x, and the rest on x: of this distribution Y the spread is the standard deviation,
 * sqrt(E(Y²) - E(Y)²). With the answer 345, "4" for the first digit counts as 400 and "2" as 299.
 *
 * <p>Where a number is one token, Y is X and the spread is exact. Otherwise it is a lower bound:
 * every branch is taken as near to the answer as it can be, so that E((Y - x)²) and with it the
 * square of the spread is at most E((X - x)²), the square of the error that the model itself
 * expects of the edge. It is conditional throughout: on the tokens of the box before it, and on the
 * box being well formed. It says nothing of boxes elsewhere that the answer could have begun with,
 * beyond their first edge.
 *
 * <p>Kosmos-2's corners are cells of a grid, each one token: the spread of an edge is the exact
 * standard deviation of the cell's column or row over all cells allowed, times the cell's side.
 */
public record EdgeSpread(double x0, double y0, double x1, double y1) {
  /**
   * @throws IllegalArgumentException where one is negative, infinite or not a number
   */
  public EdgeSpread {
    double sum = x0 + y0 + x1 + y1; // not a number or infinite where one is
    if (!(Math.min(Math.min(x0, y0), Math.min(x1, y1)) >= 0 && sum < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("spread " + x0 + "," + y0 + "," + x1 + "," + y1);
    }
  }

  /**
   * Standard deviation of a distribution.
   *
   * @param masses at least 0, at least one above; they need not add up to 1
   * @param values where they are, [masses.length]
   */
  static double deviation(double[] masses, double[] values) {
    double total = 0;
    double sum = 0;
    for (int i = 0; i < masses.length; i++) {
      total += masses[i];
      sum += masses[i] * values[i];
    }
    double mean = sum / total;
    double squares = 0;
    for (int i = 0; i < masses.length; i++) {
      squares += masses[i] * (values[i] - mean) * (values[i] - mean);
    }
    return Math.sqrt(squares / total);
  }
}
