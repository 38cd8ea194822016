package io.fovea.tools.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A weight that bitsandbytes stored in 4 bits (QLoRA, arXiv:2305.14314): w = table[code] × scale in
 * f32, one scale for each block of consecutive elements; scales may be stored in 8 bits with scales
 * of their own (double quantisation): scale = table8[code8] × scale2 + offset.
 *
 * @param codes U8, two a byte, the first element in the upper half
 * @param table F32 [16]
 * @param scales F32 or U8 [blocks]
 * @param nestedTable F32 [256]; empty where scales are F32
 * @param nestedScales F32, one for each block of scales; empty where scales are F32
 */
@SuppressWarnings("ArrayRecordComponent") // tables, never compared
record Nf4Tensor(
    BinaryFile source,
    PlainTensor codes,
    float[] table,
    PlainTensor scales,
    float[] nestedTable,
    float[] nestedScales,
    Nf4State state,
    String name)
    implements SourceTensor {
  private static final int CHUNK_ELEMENTS = 1 << 16;

  @Override
  public List<Long> shape() {
    return state.shape();
  }

  @Override
  public String dtype() {
    return "NF4";
  }

  @Override
  public long storedBytes() {
    return codes.storedBytes() + scales.storedBytes() + 4L * nestedScales.length;
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
      readPart(first + done, values, done, Math.min(CHUNK_ELEMENTS, count - done));
    }
  }

  private void readPart(long first, float[] values, int at, int count) throws IOException {
    long firstByte = first / 2;
    int bytes = (int) ((first + count + 1) / 2 - firstByte);
    ByteBuffer pairs = source.read(codes.stored().offset() + firstByte, bytes);
    long firstBlock = first / state.block();
    float[] factors =
        factors(firstBlock, (int) ((first + count - 1) / state.block() - firstBlock) + 1);
    for (int i = 0; i < count; i++) {
      long index = first + i;
      int pair = pairs.get((int) (index / 2 - firstByte));
      int code = (index % 2 == 0 ? pair >> 4 : pair) & 15;
      values[at + i] = table[code] * factors[(int) (index / state.block() - firstBlock)];
    }
  }

  private float[] factors(long first, int count) throws IOException {
    float[] factors = new float[count];
    scales.read(first, factors, count);
    if (nestedTable.length > 0) {
      for (int i = 0; i < count; i++) {
        float nested = nestedScales[(int) ((first + i) / state.nestedBlock())];
        factors[i] = nestedTable[(int) factors[i]] * nested + state.nestedOffset();
      }
    }
    return factors;
  }
}
