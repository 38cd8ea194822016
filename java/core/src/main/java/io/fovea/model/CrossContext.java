package io.fovea.model;

import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.Tensor;
import java.util.List;

/**
 * Keys and values that every token of a sequence attends to besides those of the sequence itself,
 * computed once: of a picture's high-resolution features (CogAgent), or of what an encoder made of
 * a whole request. Letters: H heads, U rows attended to, K head size. Owns its memory.
 */
public final class CrossContext implements AutoCloseable {
  private final List<DeviceMemory.Allocation> keysValues;

  /**
   * Takes ownership.
   *
   * @param keysValues of each layer, [2H, U, K]: keys, then values
   */
  public CrossContext(List<DeviceMemory.Allocation> keysValues) {
    this.keysValues = List.copyOf(keysValues);
  }

  /** Keys, then values, of one layer, [2H, U, K]. */
  public Tensor keysValues(int layer) {
    return keysValues.get(layer).tensor();
  }

  /** Device memory it takes. */
  public long bytes() {
    return keysValues.stream().mapToLong(each -> each.tensor().bytes()).sum();
  }

  /** Frees everything; closing twice is harmless. */
  @Override
  public void close() {
    keysValues.forEach(DeviceMemory.Allocation::close);
  }
}
