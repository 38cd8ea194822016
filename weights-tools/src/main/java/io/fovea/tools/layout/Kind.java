package io.fovea.tools.layout;

/** What a tensor is for, which decides whether it may be quantised. */
public enum Kind {
  /** The [outputs, inputs] matrix of a projection: the only kind that is quantised. */
  LINEAR,
  /** Matrix of a projection under a name that quantised weights cannot have, or transposed. */
  MATRIX,
  /** Token embedding. */
  EMBEDDING,
  /** Gain or bias of a norm. */
  NORM,
  /** Bias of a projection or convolution. */
  BIAS,
  /** Kernel of a convolution. */
  CONV,
  /** Learned rows that are added or inserted: positions, class token, image markers. */
  TABLE,
  /** A constant that follows from the sizes; kept in its own dtype, may be absent. */
  BUFFER,
  /** Another copy of weights that are there under another name; may be absent. */
  TIED,
  /** In published files, never computed with; may be absent. */
  UNUSED;

  /** Whether a complete checkpoint may lack tensors of this kind. */
  public boolean optional() {
    return this == BUFFER || this == TIED || this == UNUSED;
  }
}
