package io.fovea.weights;

/**
 * How the compressed-tensors convention names the tensors of a quantised projection {@code X}:
 * {@code X.weight} (int8, fp8) or {@code X.weight_packed} (int4, eight to an i32), and beside it
 * these.
 */
public final class QuantizedNames {
  /** int4 values q + 8, eight to a word, lowest first: I32 [outputs, inputs / 8]. */
  public static final String PACKED = ".weight_packed";

  /** Weight = scale * value: [outputs, groups]. */
  public static final String SCALE = ".weight_scale";

  /** Shape before packing: I64 [2]. */
  public static final String SHAPE = ".weight_shape";

  /** Value that stands for zero, in asymmetric quantisation. */
  public static final String ZERO_POINT = ".weight_zero_point";

  /** Group of each input, where they were reordered. */
  public static final String GROUP_INDEX = ".weight_g_idx";

  private QuantizedNames() {}

  /** Whether a tensor of that name only describes another one's values. */
  public static boolean describesWeights(String name) {
    return name.endsWith(SCALE)
        || name.endsWith(SHAPE)
        || name.endsWith(ZERO_POINT)
        || name.endsWith(GROUP_INDEX);
  }
}
