package io.fovea.tools;

import io.fovea.tools.source.SourceTensor;
import java.nio.file.Path;
import java.util.List;

/** A tensor whose values a test knows. */
@SuppressWarnings("ArrayRecordComponent")
public record MemoryTensor(String name, List<Long> shape, float[] values) implements SourceTensor {
  @Override
  public String dtype() {
    return "F32";
  }

  @Override
  public long storedBytes() {
    return 4 * elements();
  }

  @Override
  public Path file() {
    return Path.of("memory");
  }

  @Override
  public void read(long first, float[] into, int count) {
    System.arraycopy(values, (int) first, into, 0, count);
  }
}
