package io.fovea.tools.lora;

import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A tensor with its changes, one after the other. They are computed in f64 and rounded to f32 at
 * the end; whole rows are computed, whatever part of them is read.
 */
record MergedTensor(SourceTensor base, List<Update> updates) implements SourceTensor {
  MergedTensor {
    updates = List.copyOf(updates);
  }

  /** A tensor that may be merged already, with one more change. */
  static MergedTensor of(SourceTensor tensor, Update update) {
    return tensor instanceof MergedTensor merged
        ? new MergedTensor(
            merged.base, Stream.concat(merged.updates.stream(), Stream.of(update)).toList())
        : new MergedTensor(tensor, List.of(update));
  }

  @Override
  public String name() {
    return base.name();
  }

  @Override
  public List<Long> shape() {
    return base.shape();
  }

  @Override
  public String dtype() {
    return base.dtype();
  }

  @Override
  public long storedBytes() {
    return base.storedBytes();
  }

  @Override
  public Path file() {
    return base.file();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    if (count == 0) {
      return;
    }
    int columns = Math.toIntExact(elements() / shape().get(0));
    long row = first / columns;
    int rows = Math.toIntExact((first + count - 1) / columns - row + 1);
    float[] stored = new float[Math.multiplyExact(rows, columns)];
    base.read(row * columns, stored, stored.length);
    double[] merged = new double[stored.length];
    for (int i = 0; i < stored.length; i++) {
      merged[i] = stored[i];
    }
    for (Update update : updates) {
      update.apply(row, rows, columns, merged);
    }
    int skipped = (int) (first - row * columns);
    for (int i = 0; i < count; i++) {
      values[i] = (float) merged[skipped + i];
    }
  }
}
