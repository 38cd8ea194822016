package io.fovea.tools.synthetic;

import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** A tensor of normally distributed values. */
record RandomTensor(TensorSpec spec, Spread spread, long seed) implements SourceTensor {
  /** The tensor of a model's seed; no two of a model have the same values. */
  static RandomTensor of(TensorSpec spec, Spread spread, long modelSeed) {
    return new RandomTensor(
        spec, spread, NormalValues.mix(modelSeed * 31 + spec.name().hashCode()));
  }

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
    return "BF16";
  }

  @Override
  public long storedBytes() {
    return 0;
  }

  @Override
  public Path file() {
    return Path.of("random");
  }

  @Override
  public void read(long first, float[] values, int count) {
    Objects.checkFromIndexSize(first, count, elements());
    NormalValues.fill(seed, first, values, count);
    float loud = spread.gain() * spread.deviation();
    for (int i = 0; i < count; i++) {
      float factor = first + i < spread.louder() ? loud : spread.deviation();
      values[i] = spread.mean() + factor * values[i];
    }
  }
}
