package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.source.BinaryFile;
import io.fovea.tools.source.ElementType;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.CheckpointFiles.Located;
import io.fovea.weights.StoredScheme;
import io.fovea.weights.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A tensor in a PyTorch file.
 *
 * @param storageOffset where its storage begins in the file, bytes; the storage lies within it
 */
record TorchTensor(BinaryFile source, String name, Tensor tensor, long storageOffset)
    implements SourceTensor {
  private static final int CHUNK_ELEMENTS = 1 << 18;

  @Override
  public List<Long> shape() {
    return tensor.shape();
  }

  @Override
  public String dtype() {
    return type().name();
  }

  @Override
  public long storedBytes() {
    return elements() * type().bytes();
  }

  @Override
  public boolean holdsNumbers() {
    return StoredScheme.isNumbers(dtype());
  }

  @Override
  public Path file() {
    return source.path();
  }

  /** The same values under another name. */
  TorchTensor withName(String other) {
    return new TorchTensor(source, other, tensor, storageOffset);
  }

  /** The tensor as one piece of its file; at offset -1 where its values do not lie there so. */
  Located located() {
    boolean plain = tensor.isContiguous() && !tensor.negative();
    long offset = plain ? storageOffset + tensor.offset() * type().bytes() : -1;
    return new Located(file(), new StoredTensor(name, dtype(), shape(), offset, storedBytes()));
  }

  private ElementType type() {
    return tensor.storage().type();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    Objects.checkFromIndexSize(first, count, elements());
    Objects.checkFromIndexSize(0, count, values.length);
    if (count == 0) {
      return;
    }
    if (tensor.isContiguous()) {
      readRow(first, values, count);
    } else {
      readStrided(first, values, count);
    }
    if (tensor.negative()) {
      for (int i = 0; i < count; i++) {
        values[i] = -values[i];
      }
    }
  }

  private void readRow(long first, float[] values, int count) throws IOException {
    for (int done = 0; done < count; done += CHUNK_ELEMENTS) {
      int part = Math.min(CHUNK_ELEMENTS, count - done);
      long at = storageOffset + (tensor.offset() + first + done) * type().bytes();
      type().widen(source.read(at, part * type().bytes()), values, done, part);
    }
  }

  /** The whole view is mapped: its elements may lie anywhere within. */
  private void readStrided(long first, float[] values, int count) throws IOException {
    long begin = storageOffset + tensor.offset() * type().bytes();
    long bytes = (offset(elements() - 1) + 1) * type().bytes();
    if (bytes > Integer.MAX_VALUE) {
      throw new ModelLoadException(
          file(),
          name,
          "is a transposed or sliced view of " + bytes + " bytes",
          "call .contiguous() on the tensors before torch.save");
    }
    ByteBuffer view = source.map(begin, bytes);
    for (int i = 0; i < count; i++) {
      values[i] = type().value(view, (int) offset(first + i) * type().bytes());
    }
  }

  /** Where element {@code index} of the row-major tensor lies in the view, elements. */
  private long offset(long index) {
    long rest = index;
    long offset = 0;
    for (int i = shape().size() - 1; i >= 0; i--) {
      offset += rest % shape().get(i) * tensor.strides().get(i);
      rest /= shape().get(i);
    }
    return offset;
  }
}
