package io.fovea.tools.output;

/**
 * What rounding weights has cost.
 *
 * @param error sum of (rounded − exact)²
 * @param reference sum of exact²
 */
public record SquaredError(double error, double reference) {
  /** Of nothing. */
  public static final SquaredError NONE = new SquaredError(0, 0);

  /** Of both sets of weights. */
  public SquaredError plus(SquaredError other) {
    return new SquaredError(error + other.error, reference + other.reference);
  }

  /** Root mean square of the errors over that of the weights; 0 of weights that are all zero. */
  public double relative() {
    return reference == 0 ? 0 : Math.sqrt(error / reference);
  }
}
