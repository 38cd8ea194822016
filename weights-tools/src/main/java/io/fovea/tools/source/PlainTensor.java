package io.fovea.tools.source;

import io.fovea.ModelLoadException;
import io.fovea.weights.StoredTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of a safetensors file whose elements are numbers of their own.
 *
 * @param source the file; ranges were checked when its header was read
 */
record PlainTensor(BinaryFile source, StoredTensor stored) implements SourceTensor {
  private static final int CHUNK_ELEMENTS = 1 << 16;

  @Override
  public String name() {
    return stored.name();
  }

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

  private ElementType type() {
    try {
      return ElementType.valueOf(stored.dtype());
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(
          file(),
          stored.name(),
          "is stored as " + stored.dtype() + " without scales",
          "convert it to BF16 with the tool that wrote it",
          e);
    }
  }
}
