package io.fovea.tools.lora;

import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A tensor whose values an adapter has, to be written as the model's own would be. */
record ReplacedTensor(SourceTensor base, SourceTensor other) implements SourceTensor {
  @Override
  public String name() {
    return base.name();
  }

  @Override
  public List<Long> shape() {
    return base.shape();
  }

  @Override
  public String dtype() {
    return base.dtype();
  }

  @Override
  public long storedBytes() {
    return other.storedBytes();
  }

  @Override
  public Path file() {
    return other.file();
  }

  @Override
  public void read(long first, float[] values, int count) throws IOException {
    other.read(first, values, count);
  }
}
