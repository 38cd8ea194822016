package io.fovea.tools.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A weight of bitsandbytes' LLM.int8: w = code × largest / 127, rounded to f32 once.
 *
 * @param codes I8 [N, K]
 * @param largest F32 [N], the largest absolute value of each row
 */
record Int8Tensor(PlainTensor codes, PlainTensor largest) implements SourceTensor {
  @Override
  public String name() {
    return codes.name();
  }

  @Override
  public List<Long> shape() {
    return codes.shape();
  }

  @Override
  public String dtype() {
    return "INT8";
  }

  @Override
  public long storedBytes() {
    return codes.storedBytes() + largest.storedBytes();
  }

  @Override
  public Path file() {
    return codes.file();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    codes.read(first, values, count);
    if (count == 0) {
      return;
    }
    long inputs = shape().get(1);
    long firstRow = first / inputs;
    float[] rows = new float[Math.toIntExact((first + count - 1) / inputs - firstRow + 1)];
    largest.read(firstRow, rows, rows.length);
    for (int i = 0; i < count; i++) {
      double row = rows[(int) ((first + i) / inputs - firstRow)];
      values[i] = (float) (values[i] * row / 127);
    }
  }
}
