package io.fovea.weights;

import java.util.List;
import java.util.Map;

/**
 * A tensor as a safetensors header describes it.
 *
 * @param dtype by the format's name, such as "BF16"
 * @param shape sizes, outermost first; empty for a scalar
 */
public record TensorEntry(String name, String dtype, List<Long> shape) {
  /** Bytes of an element, by dtype: all that are read and written. */
  static final Map<String, Integer> ELEMENT_BYTES =
      Map.ofEntries(
          Map.entry("F64", 8),
          Map.entry("F32", 4),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("I64", 8),
          Map.entry("I32", 4),
          Map.entry("I16", 2),
          Map.entry("I8", 1),
          Map.entry("U64", 8),
          Map.entry("U32", 4),
          Map.entry("U16", 2),
          Map.entry("U8", 1),
          Map.entry("BOOL", 1));

  /** Checks the dtype; sizes must not be negative. */
  public TensorEntry {
    shape = List.copyOf(shape);
    if (!ELEMENT_BYTES.containsKey(dtype) || shape.stream().anyMatch(size -> size < 0)) {
      throw new IllegalArgumentException(name + " is " + dtype + shape);
    }
  }

  /**
   * Bytes its values take.
   *
   * @throws ArithmeticException where a long cannot count them
   */
  public long bytes() {
    return shape.stream().reduce((long) ELEMENT_BYTES.getOrDefault(dtype, 0), Math::multiplyExact);
  }
}
