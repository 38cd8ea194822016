package io.fovea.tools.source;

import io.fovea.tools.numbers.Float8;
import io.fovea.weights.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A weight in the compressed-tensors convention: w = code × scale in f32, one scale for each group
 * of consecutive inputs of an output.
 *
 * @param stored codes, I8 [N, K], F8_E4M3 [N, K], or I32 [N, K/8] with eight 4-bit codes a word,
 *     the lowest first, each 8 too large
 * @param scales float [N, K/group], or one element for all
 * @param shape [N, K]
 * @param group inputs that share a scale; K where a whole row does
 * @param oneScale whether one scale serves all rows
 */
record QuantizedTensor(
    BinaryFile source,
    StoredTensor stored,
    PlainTensor scales,
    String name,
    List<Long> shape,
    long group,
    boolean oneScale)
    implements CodedTensor {
  private static final int CHUNK_ELEMENTS = 1 << 16;

  @Override
  public Optional<CodedTensor> coded() {
    return CodedTensor.isGroup(group, shape.get(1)) ? Optional.of(this) : Optional.empty();
  }

  @Override
  public Codes codes() {
    return switch (stored.dtype()) {
      case "I32" -> Codes.INT4;
      case "I8" -> Codes.INT8;
      default -> Codes.FP8;
    };
  }

  @Override
  public String scaleDtype() {
    return scales.dtype();
  }

  @Override
  public byte[] readCodes(long first, int rows) throws IOException {
    int inputs = Math.toIntExact(shape.get(1));
    byte[] codes = new byte[Math.multiplyExact(rows, inputs)];
    if (codes() != Codes.INT4) {
      source.read(stored.offset() + first * inputs, codes.length).get(codes);
      return codes;
    }
    float[] values = new float[codes.length];
    readCodes(first * inputs, values, 0, values.length);
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) values[i];
    }
    return codes;
  }

  @Override
  public ByteBuffer readScales(long first, int rows) throws IOException {
    int groups = Math.toIntExact(shape.get(1) / group);
    if (!oneScale) {
      return scales.stored(first * groups, rows * groups);
    }
    ByteBuffer all = ByteBuffer.allocate(rows * groups * scales.stored(0, 1).remaining());
    while (all.hasRemaining()) {
      all.put(scales.stored(0, 1));
    }
    return all.flip();
  }

  @Override
  public String dtype() {
    String type = codes().name();
    return group == shape.get(1) ? type : type + "-G" + group;
  }

  @Override
  public long storedBytes() {
    return stored.bytes() + scales.storedBytes();
  }

  @Override
  public Path file() {
    return source.path();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    Objects.checkFromIndexSize(0, count, values.length);
    for (int done = 0; done < count; done += CHUNK_ELEMENTS) {
      readCodes(first + done, values, done, Math.min(CHUNK_ELEMENTS, count - done));
    }
    if (count > 0) {
      multiply(first, values, count);
    }
  }

  private void readCodes(long first, float[] values, int at, int count) throws IOException {
    if (stored.dtype().equals("I32")) {
      long begin = first / 2; // bytes: little-endian words keep the order of their nibbles
      int bytes = Math.toIntExact((first + count + 1) / 2 - begin);
      ByteBuffer nibbles = source.read(stored.offset() + begin, bytes);
      for (int i = 0; i < count; i++) {
        long index = first + i;
        int pair = nibbles.get((int) (index / 2 - begin));
        values[at + i] = ((pair >> (4 * (int) (index % 2))) & 15) - 8;
      }
      return;
    }
    ByteBuffer bytes = source.read(stored.offset() + first, count);
    boolean integers = stored.dtype().equals("I8");
    for (int i = 0; i < count; i++) {
      values[at + i] = integers ? bytes.get(i) : Float8.toFloat(bytes.get(i));
    }
  }

  /** Groups follow each other in memory as the elements do, since they divide the rows. */
  private void multiply(long first, float[] values, int count) throws IOException {
    long firstGroup = first / group;
    float[] factors = new float[Math.toIntExact((first + count - 1) / group - firstGroup + 1)];
    if (oneScale) {
      scales.read(0, factors, 1);
      Arrays.fill(factors, factors[0]);
    } else {
      scales.read(firstGroup, factors, factors.length);
    }
    int done = 0;
    for (int g = 0; g < factors.length; g++) {
      int end = (int) Math.min(count, (firstGroup + g + 1) * group - first);
      for (; done < end; done++) {
        values[done] *= factors[g];
      }
    }
  }
}
