package io.fovea.weights;

/**
 * How the compressed-tensors convention names the tensors of a quantised projection {@code X}:
 * {@code X.weight} (int8, fp8) or {@code X.weight_packed} (int4, eight to an i32), and beside it
 * these.
 */
public final class QuantizedNames {
  /** Weights that are plain, or codes with a scale beside them. */
  public static final String WEIGHT = ".weight";

  /** int4 values q + 8, eight to a word, lowest first: I32 [outputs, inputs / 8]. */
  public static final String PACKED = ".weight_packed";

  /** Weight = scale * value: [outputs, groups], or one for the whole weight: [] or [1]. */
  public static final String SCALE = ".weight_scale";

  /** Shape before packing: I64 [2]. */
  public static final String SHAPE = ".weight_shape";

  /** Value that stands for zero, in asymmetric quantisation: not read. */
  static final String ZERO_POINT = ".weight_zero_point";

  /** Group of each input, where they were reordered: not read. */
  static final String GROUP_INDEX = ".weight_g_idx";

  /** Scales to which a calibrated model rounds a projection's inputs and outputs: left out. */
  private static final String INPUT_SCALE = ".input_scale";

  private static final String OUTPUT_SCALE = ".output_scale";

  private QuantizedNames() {}

  /** Whether a tensor of that name only describes another one's values. */
  public static boolean describesWeights(String name) {
    return name.endsWith(SCALE) || name.endsWith(SHAPE) || describesActivations(name);
  }

  /** Whether a tensor of that name says to which scale activations may be rounded. */
  public static boolean describesActivations(String name) {
    return name.endsWith(INPUT_SCALE) || name.endsWith(OUTPUT_SCALE);
  }
}
