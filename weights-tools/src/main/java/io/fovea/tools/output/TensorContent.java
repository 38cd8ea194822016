package io.fovea.tools.output;

import io.fovea.weights.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tensors to be written that are computed together, such as codes and their scales, in blocks of
 * rows that several threads may compute at once. A block's bytes depend on nothing but its rows.
 */
public interface TensorContent {
  /** The tensors, which follow each other in one file. */
  List<TensorEntry> entries();

  /** Rows to compute. */
  long rows();

  /** Rows to compute at a time, so that memory stays bounded. */
  int blockRows();

  /**
   * Computes rows {@code [first, first + rows)}.
   *
   * @param sink takes the bytes of each tensor that they determine
   */
  void compute(long first, int rows, Sink sink) throws IOException;

  /** After all rows: what rounding has cost; null where nothing was rounded on purpose. */
  default @Nullable SquaredError error() {
    return null;
  }

  /** After all rows: how many values that are no finite numbers were written as they are. */
  default long nonFinite() {
    return 0;
  }

  /** Takes computed bytes. */
  interface Sink {
    /**
     * @param entry index of the tensor in {@link #entries}
     * @param offset of the bytes in the tensor
     */
    void put(int entry, long offset, ByteBuffer bytes) throws IOException;
  }
}
