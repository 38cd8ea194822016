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
  /** Bits of an element, by dtype: all that version 0.8 of the safetensors library knows. */
  private static final Map<String, Integer> ELEMENT_BITS =
      Map.ofEntries(
          Map.entry("F64", 64),
          Map.entry("F32", 32),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("F8_E4M3", 8),
          Map.entry("F8_E5M2", 8),
          Map.entry("F8_E4M3FNUZ", 8),
          Map.entry("F8_E5M2FNUZ", 8),
          Map.entry("F8_E8M0", 8),
          Map.entry("F6_E2M3", 6),
          Map.entry("F6_E3M2", 6),
          Map.entry("F4", 4),
          Map.entry("C64", 64),
          Map.entry("I64", 64),
          Map.entry("I32", 32),
          Map.entry("I16", 16),
          Map.entry("I8", 8),
          Map.entry("U64", 64),
          Map.entry("U32", 32),
          Map.entry("U16", 16),
          Map.entry("U8", 8),
          Map.entry("BOOL", 8));

  /** Checks the dtype; sizes must not be negative. */
  public TensorEntry {
    shape = List.copyOf(shape);
    if (!isKnown(dtype) || shape.stream().anyMatch(size -> size < 0)) {
      throw new IllegalArgumentException(name + " is " + dtype + shape);
    }
  }

  /** Whether the size of such elements is known. */
  static boolean isKnown(String dtype) {
    return ELEMENT_BITS.containsKey(dtype);
  }

  /**
   * Bytes its values take.
   *
   * @throws ArithmeticException where a long cannot count them, or they end inside a byte
   */
  public long bytes() {
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    long bits = Math.multiplyExact(elements, (long) ELEMENT_BITS.getOrDefault(dtype, 0));
    if (bits % Byte.SIZE != 0) {
      throw new ArithmeticException("ends inside a byte");
    }
    return bits / Byte.SIZE;
  }
}
