package io.fovea.ops;

/** How I8 and I4 weights are multiplied; F8 weights are always multiplied as floats. */
public enum Products {
  /** Weights widen to f32 and activations stay as they are. */
  FLOAT,
  /**
   * Activations are quantised to int8 in groups of 32 inputs and products are integers: faster, and
   * off by up to 1/254 of the largest activation of a group.
   */
  INT8
}
