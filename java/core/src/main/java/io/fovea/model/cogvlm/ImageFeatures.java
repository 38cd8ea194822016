package io.fovea.model.cogvlm;

import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.Tensor;
import java.util.List;

/**
 * What the decoder needs of a picture: its rows [n + 2, D], begin marker to end marker, and with
 * CogAgent the keys and values of its high-resolution features, [2H, U, K] for each layer. Owns its
 * memory.
 */
public final class ImageFeatures implements AutoCloseable {
  private final DeviceMemory.Allocation rows;
  private final List<DeviceMemory.Allocation> crossKeysValues;

  /**
   * @param crossKeysValues one a layer; empty for a model without cross-attention
   */
  public ImageFeatures(
      DeviceMemory.Allocation rows, List<DeviceMemory.Allocation> crossKeysValues) {
    this.rows = rows;
    this.crossKeysValues = List.copyOf(crossKeysValues);
  }

  /** Rows in place of words, [n + 2, D]. */
  public Tensor rows() {
    return rows.tensor();
  }

  /** Keys, then values, of one layer's cross-attention, [2H, U, K]. */
  Tensor crossKeysValues(int layer) {
    return crossKeysValues.get(layer).tensor();
  }

  /** Frees everything; closing twice is harmless. */
  @Override
  public void close() {
    rows.close();
    crossKeysValues.forEach(DeviceMemory.Allocation::close);
  }
}
