package io.fovea.tools.source;

import io.fovea.weights.StoredScheme;
import io.fovea.weights.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of a safetensors file whose elements are numbers of their own.
 *
 * @param source the file; ranges were checked when its header was read
 * @param name in the published model
 */
record PlainTensor(BinaryFile source, String name, StoredTensor stored) implements SourceTensor {
  private static final int CHUNK_ELEMENTS = 1 << 16;

  @Override
  public List<Long> shape() {
    return stored.shape();
  }

  @Override
  public String dtype() {
    return stored.dtype();
  }

  @Override
  public long storedBytes() {
    return stored.bytes();
  }

  @Override
  public boolean holdsNumbers() {
    return StoredScheme.isNumbers(dtype());
  }

  @Override
  public Path file() {
    return source.path();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    Objects.checkFromIndexSize(0, count, values.length);
    ElementType type = type();
    for (int done = 0; done < count; done += CHUNK_ELEMENTS) {
      int part = Math.min(CHUNK_ELEMENTS, count - done);
      long at = stored.offset() + (first + done) * type.bytes();
      type.widen(source.read(at, part * type.bytes()), values, done, part);
    }
  }

  /** Elements {@code [first, first + count)} as they are stored. */
  ByteBuffer stored(long first, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    int bytes = (int) (stored.bytes() / elements());
    return source.read(stored.offset() + first * bytes, Math.multiplyExact(count, bytes));
  }

  /** The same of 32 bits each. */
  int[] words(long first, int count) throws IOException {
    int[] words = new int[count];
    stored(first, count).asIntBuffer().get(words);
    return words;
  }

  private ElementType type() {
    try {
      return ElementType.valueOf(stored.dtype());
    } catch (IllegalArgumentException e) { // nobody needs its values, or they are codes
      throw StoredScheme.codes(file(), name, stored.dtype());
    }
  }
}
