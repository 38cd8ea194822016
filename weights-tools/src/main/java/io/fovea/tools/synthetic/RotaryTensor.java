package io.fovea.tools.synthetic;

import io.fovea.model.cogvlm.CogVlmVariant;
import io.fovea.tools.layout.ModelSizes;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Rotary frequencies of the language model, or a table of CogAgent's high-resolution encoder. */
record RotaryTensor(TensorSpec spec, ModelSizes sizes) implements SourceTensor {
  private static final double BASE = 10_000;
  private static final double LLAMA3_BASE = 500_000;

  /** EVA-02 was pre-trained with 16 patches a side; other grids are scaled to that. */
  private static final double TRAINED_GRID = 16;

  @Override
  public String name() {
    return spec.name();
  }

  @Override
  public List<Long> shape() {
    return spec.shape();
  }

  @Override
  public String dtype() {
    return sizes.bufferDtype();
  }

  @Override
  public long storedBytes() {
    return 0;
  }

  @Override
  public Path file() {
    return Path.of("computed");
  }

  @Override
  public void read(long first, float[] values, int count) {
    Objects.checkFromIndexSize(first, count, elements());
    for (int i = 0; i < count; i++) {
      values[i] = (float) value(first + i);
    }
  }

  private double value(long index) {
    if (name().endsWith("inv_freq")) {
      double base = sizes.family().secondGeneration() ? LLAMA3_BASE : BASE;
      return StrictMath.pow(base, -2.0 * index / sizes.headSize());
    }
    double angle = angle(index);
    return name().endsWith("cos") ? StrictMath.cos(angle) : StrictMath.sin(angle);
  }

  /** The first half of a row turns with the patch's row, the second with its column, in pairs. */
  private double angle(long index) {
    if (sizes.family() != CogVlmVariant.COGAGENT || sizes.cross() == null) {
      throw new IllegalStateException(name());
    }
    long headSize = sizes.cross().headSize();
    long grid = sizes.cross().image() / sizes.cross().patch();
    long patch = index / headSize;
    long within = index % headSize;
    long pair = within % (headSize / 2) / 2;
    long position = within < headSize / 2 ? patch / grid : patch % grid;
    return position * TRAINED_GRID / grid * StrictMath.pow(BASE, -4.0 * pair / headSize);
  }
}
