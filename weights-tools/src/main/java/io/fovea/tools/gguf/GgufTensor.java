package io.fovea.tools.gguf;

import io.fovea.tools.source.BinaryFile;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of a GGUF file.
 *
 * @param name in the file, or the published model's
 * @param shape sizes, outermost first
 * @param offset where its values begin in the file, bytes
 * @param storedBytes how many there are, all within the file
 */
record GgufTensor(
    BinaryFile source, String name, List<Long> shape, GgmlType type, long offset, long storedBytes)
    implements SourceTensor {
  private static final int CHUNK_ELEMENTS = 1 << 18; // a multiple of every block

  /** The same tensor under another name and with sizes that give as many elements. */
  GgufTensor as(String newName, List<Long> newShape) {
    return new GgufTensor(source, newName, newShape, type, offset, storedBytes);
  }

  @Override
  public String dtype() {
    return type.name();
  }

  @Override
  public Path file() {
    return source.path();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    Objects.checkFromIndexSize(0, count, values.length);
    int block = type.blockElements();
    int done = 0;
    while (done < count) {
      long at = first + done;
      int inside = (int) (at % block);
      int part;
      if (inside == 0 && count - done >= block) {
        part = Math.min(CHUNK_ELEMENTS, (count - done) / block * block);
        GgmlBlocks.dequantise(type, blocks(at / block, part / block), part / block, values, done);
      } else {
        part = Math.min(block - inside, count - done);
        float[] whole = new float[block];
        GgmlBlocks.dequantise(type, blocks(at / block, 1), 1, whole, 0);
        System.arraycopy(whole, inside, values, done, part);
      }
      done += part;
    }
  }

  private ByteBuffer blocks(long first, int count) throws IOException {
    return source.read(offset + first * type.blockBytes(), count * type.blockBytes());
  }
}
