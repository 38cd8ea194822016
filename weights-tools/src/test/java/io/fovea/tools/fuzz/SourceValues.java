package io.fovea.tools.fuzz;

import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;

/** Reads some values of every tensor, where a wrong header would show. */
final class SourceValues {
  private static final int SOME = 300;

  private SourceValues() {}

  /** The first and the last values of each tensor. */
  static void readEnds(SourceCheckpoint source) throws IOException {
    float[] values = new float[SOME];
    for (SourceTensor tensor : source.tensors()) {
      int count = (int) Math.min(SOME, tensor.elements());
      tensor.read(0, values, count);
      tensor.read(tensor.elements() - count, values, count);
    }
  }
}
