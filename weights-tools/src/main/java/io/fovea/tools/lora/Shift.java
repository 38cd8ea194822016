package io.fovea.tools.lora;

import io.fovea.tools.source.SourceTensor;
import java.io.IOException;

/** A bias with another [outputs] added, times {@code scaling}. */
record Shift(SourceTensor other, double scaling) implements Update {
  @Override
  public void apply(long first, int rows, int columns, double[] values) throws IOException {
    float[] added = new float[rows];
    other.read(first, added, rows);
    for (int i = 0; i < rows; i++) {
      values[i] += scaling * added[i];
    }
  }
}
