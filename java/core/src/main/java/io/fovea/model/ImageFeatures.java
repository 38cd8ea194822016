package io.fovea.model;

import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder needs of a picture: rows that stand in place of words, as many as the picture
 * gives, and with some models a context for cross-attention. Owns its memory.
 */
public final class ImageFeatures implements AutoCloseable {
  private final DeviceMemory.Allocation rows;
  private final @Nullable CrossContext context;

  /**
   * Takes ownership.
   *
   * @param rows [n, D]
   * @param context null for a model without cross-attention to pictures
   */
  public ImageFeatures(DeviceMemory.Allocation rows, @Nullable CrossContext context) {
    this.rows = rows;
    this.context = context;
  }

  /** Rows in place of words, [n, D]. */
  public Tensor rows() {
    return rows.tensor();
  }

  /** What the tokens of a sequence about the picture attend to besides, or null. */
  public @Nullable CrossContext context() {
    return context;
  }

  /** Device memory it takes. */
  public long bytes() {
    return rows().bytes() + (context == null ? 0 : context.bytes());
  }

  /** Frees everything; closing twice is harmless. */
  @Override
  public void close() {
    rows.close();
    if (context != null) {
      context.close();
    }
  }
}
