package io.fovea.grounding;

/**
 * A box that an answer names without spelling it: one of a detector's proposals, or one that the
 * model gave beside the text. Two opposite corners in the fractions that the model itself counts in
 * (of the picture, or of the square that the picture was padded to); they may be swapped or lie
 * outside.
 */
public record CandidateBox(double x0, double y0, double x1, double y1) {
  /**
   * @throws IllegalArgumentException where a number is not finite
   */
  public CandidateBox {
    if (!Double.isFinite(x0 + y0 + x1 + y1)) {
      throw new IllegalArgumentException(
          "candidate box " + x0 + "," + y0 + "," + x1 + "," + y1 + " is not finite");
    }
  }
}
