package io.fovea.tools.gguf;

import io.fovea.tools.source.SourceTensor;
import java.nio.file.Path;
import java.util.List;

/** A vector of f32 that stands in the metadata of {@code file}. */
final class MetadataTensor implements SourceTensor {
  private final Path file;
  private final String name;
  private final float[] stored;

  /** Keeps {@code stored}, which must not change. */
  MetadataTensor(Path file, String name, float[] stored) {
    this.file = file;
    this.name = name;
    this.stored = stored;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<Long> shape() {
    return List.of((long) stored.length);
  }

  @Override
  public String dtype() {
    return "F32";
  }

  @Override
  public long storedBytes() {
    return 4L * stored.length;
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public void read(long first, float[] values, int count) {
    System.arraycopy(stored, Math.toIntExact(first), values, 0, count);
  }
}
