package io.fovea.tools.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A weight of bitsandbytes' LLM.int8: w = code × largest / 127, rounded to f32 once.
 *
 * @param integers codes, I8 [N, K]
 * @param largest F32 [N], the largest absolute value of each row
 */
record Int8Tensor(PlainTensor integers, PlainTensor largest) implements CodedTensor {
  @Override
  public String name() {
    return integers.name();
  }

  @Override
  public List<Long> shape() {
    return integers.shape();
  }

  @Override
  public Optional<CodedTensor> coded() {
    return Optional.of(this);
  }

  @Override
  public Codes codes() {
    return Codes.INT8;
  }

  @Override
  public long group() {
    return shape().get(1);
  }

  @Override
  public String scaleDtype() {
    return "F32";
  }

  @Override
  public byte[] readCodes(long first, int rows) throws IOException {
    byte[] codes = new byte[Math.toIntExact(rows * group())];
    integers.stored(first * group(), codes.length).get(codes);
    return codes;
  }

  /** largest / 127, rounded to f32. */
  @Override
  public ByteBuffer readScales(long first, int rows) throws IOException {
    float[] values = new float[rows];
    largest.read(first, values, rows);
    ByteBuffer scales = ByteBuffer.allocate(4 * rows).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      scales.putFloat(value / 127);
    }
    return scales.flip();
  }

  @Override
  public String dtype() {
    return "INT8";
  }

  @Override
  public long storedBytes() {
    return integers.storedBytes() + largest.storedBytes();
  }

  @Override
  public Path file() {
    return integers.file();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    integers.read(first, values, count);
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
