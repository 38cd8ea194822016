package io.fovea.engine;

/** How activations meet int8 and int4 weights; weights of other kinds are not concerned. */
public enum ActivationType {
  /** {@link #INT8}. */
  AUTO,
  /** As they are: each weight is widened to f32. The most exact, and several times slower. */
  FLOAT,
  /**
   * Quantised to int8 in groups of 32 just before each product, whose sums are then exact integers
   * (docs/NUMERICS.md says what it costs).
   */
  INT8
}
