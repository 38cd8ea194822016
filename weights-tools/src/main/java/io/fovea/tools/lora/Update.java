package io.fovea.tools.lora;

import java.io.IOException;

/** A change of a tensor, row by row of its first axis. */
interface Update {
  /**
   * Changes rows {@code [first, first + rows)} in place.
   *
   * @param values [rows, columns] of the tensor, row-major; all that is not the first axis is one
   */
  void apply(long first, int rows, int columns, double[] values) throws IOException;
}
