package io.fovea.tools.source;

import io.fovea.tools.numbers.Float8;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A weight in e4m3 with a scale for each block: w = code × scale in f32.
 *
 * @param codes F8_E4M3 [N, K]
 * @param scales float [N/down, K/across], rounded up
 * @param down rows of a block
 * @param across inputs of a block
 */
record BlockTensor(PlainTensor codes, PlainTensor scales, long down, long across)
    implements SourceTensor {
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
    return "FP8-B" + down + "x" + across;
  }

  @Override
  public long storedBytes() {
    return codes.storedBytes() + scales.storedBytes();
  }

  @Override
  public Path file() {
    return codes.file();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    Objects.checkFromIndexSize(0, count, values.length);
    if (count == 0) {
      return;
    }
    ByteBuffer bytes = codes.stored(first, count);
    long inputs = shape().get(1);
    long blocks = (inputs + across - 1) / across; // of a row
    long firstBlockRow = first / inputs / down;
    long lastBlockRow = (first + count - 1) / inputs / down;
    float[] factors = new float[Math.toIntExact((lastBlockRow - firstBlockRow + 1) * blocks)];
    scales.read(firstBlockRow * blocks, factors, factors.length);
    for (int i = 0; i < count; i++) {
      long row = (first + i) / inputs / down - firstBlockRow;
      long block = (first + i) % inputs / across;
      values[i] = Float8.toFloat(bytes.get(i)) * factors[(int) (row * blocks + block)];
    }
  }
}
