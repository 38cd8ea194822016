package io.fovea.tools.source;

import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A weight [N, K] that GPTQ or AWQ stored with the inputs as rows: w[n, k] = scale[g, n] × (code[k,
 * n] − zero[g, n]) in f32, where g is the group of input k. Of 16-bit scales the product is exact.
 *
 * @param packing where codes and zeros lie in words
 * @param codes I32 words of K × N codes
 * @param zeros I32 words of G × N codes that stand for zero
 * @param scales float [G, N]
 * @param groupOf group of each input
 * @param zeroOffset added to a stored zero, which then keeps its number of bits
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PackedTensor(
    Packing packing,
    PlainTensor codes,
    PlainTensor zeros,
    PlainTensor scales,
    int[] groupOf,
    int zeroOffset,
    String name,
    List<Long> shape)
    implements SourceTensor {
  private static final int CHUNK_ELEMENTS = 1 << 20;

  /** Codes of 4 bits whose middle stands for zero, in equal groups of neighbouring inputs. */
  @Override
  public Optional<CodedTensor> coded() {
    long groups = scales.shape().get(0);
    long inputs = groupOf.length;
    long group = inputs / groups;
    if (packing.bits() != 4 || inputs % groups != 0 || !CodedTensor.isGroup(group, inputs)) {
      return Optional.empty();
    }
    for (int k = 0; k < inputs; k++) {
      if (groupOf[k] != k / group) {
        return Optional.empty();
      }
    }
    try {
      return hasMiddleZeros((int) groups)
          ? Optional.of(new PackedCodes(this, group))
          : Optional.empty();
    } catch (IOException e) {
      throw new ModelLoadException(
          file(), "file", "cannot be read: " + e.getMessage(), "check the disk", e);
    }
  }

  private boolean hasMiddleZeros(int groups) throws IOException {
    int outputs = Math.toIntExact(shape.get(0));
    for (int[] row : packing.zeros(zeros, groups, 0, outputs)) {
      for (int stored : row) {
        if (zero(stored) != 8) {
          return false;
        }
      }
    }
    return true;
  }

  private int zero(int stored) {
    return (stored + zeroOffset) & ((1 << packing.bits()) - 1);
  }

  @Override
  public String dtype() {
    return packing.title();
  }

  @Override
  public long storedBytes() {
    return codes.storedBytes() + zeros.storedBytes() + scales.storedBytes();
  }

  @Override
  public Path file() {
    return codes.file();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    Objects.checkFromIndexSize(0, count, values.length);
    long inputs = groupOf.length;
    int rows = (int) Math.max(1, CHUNK_ELEMENTS / inputs);
    int done = 0;
    while (done < count) {
      long row = (first + done) / inputs;
      long last = (first + count - 1) / inputs;
      int chunk = (int) Math.min(rows, last - row + 1);
      float[] whole = rows(row, chunk);
      int from = Math.toIntExact(first + done - row * inputs);
      int part = Math.min(count - done, whole.length - from);
      System.arraycopy(whole, from, values, done, part);
      done += part;
    }
  }

  /** Weights [count, K] of the outputs from {@code first} on. */
  private float[] rows(long first, int count) throws IOException {
    int inputs = groupOf.length;
    int groups = Math.toIntExact(scales.shape().get(0));
    int[][] code = packing.codes(codes, inputs, first, count);
    int[][] zero = packing.zeros(zeros, groups, first, count);
    float[][] scale = new float[groups][count];
    for (int g = 0; g < groups; g++) {
      scales.read(g * shape.get(0) + first, scale[g], count);
    }
    float[] weights = new float[Math.multiplyExact(count, inputs)];
    for (int k = 0; k < inputs; k++) {
      int g = groupOf[k];
      for (int n = 0; n < count; n++) {
        weights[n * inputs + k] = scale[g][n] * (code[k][n] - zero(zero[g][n]));
      }
    }
    return weights;
  }
}
