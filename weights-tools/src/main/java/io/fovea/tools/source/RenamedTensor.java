package io.fovea.tools.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A tensor under another name; of codes, the numbers that they stand for. */
public record RenamedTensor(SourceTensor tensor, String name) implements SourceTensor {
  @Override
  public List<Long> shape() {
    return tensor.shape();
  }

  @Override
  public String dtype() {
    return tensor.dtype();
  }

  @Override
  public long storedBytes() {
    return tensor.storedBytes();
  }

  @Override
  public Path file() {
    return tensor.file();
  }

  @Override
  public boolean holdsNumbers() {
    return tensor.holdsNumbers();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    tensor.read(first, values, count);
  }
}
