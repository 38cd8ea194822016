package io.fovea.tools.synthetic;

import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelSizes;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of normally distributed values: mean + deviation × normal, its first elements louder.
 *
 * @param louder elements at its begin that are multiplied with {@code gain}
 */
record RandomTensor(
    TensorSpec spec, long seed, float mean, float deviation, long louder, float gain)
    implements SourceTensor {
  /** Spread of the logits: best and second best of some hundred then differ by about 1. */
  private static final float LOGIT_DEVIATION = 4;

  /** Sharpens attention, so that answers depend on more than the last token. */
  private static final float QUERY_KEY_GAIN = 1.6f;

  /** Makes image rows as large as embeddings of text. */
  private static final float ADAPTER_GAIN = 3;

  private static final float NORM_DEVIATION = 0.2f;
  private static final float BIAS_DEVIATION = 0.2f;

  /** With a spread that keeps activations of order one, whatever the sizes. */
  static RandomTensor of(TensorSpec spec, ModelSizes sizes, long modelSeed) {
    long seed = NormalValues.mix(modelSeed * 31 + spec.name().hashCode());
    Kind kind = spec.kind();
    boolean gain = kind == Kind.NORM && spec.name().endsWith(".weight");
    float deviation =
        switch (kind) {
          case NORM -> NORM_DEVIATION;
          case BIAS -> BIAS_DEVIATION;
          case EMBEDDING, TABLE -> 1;
          case LINEAR, CONV, UNUSED, BUFFER -> projection(spec);
        };
    boolean fused = spec.name().contains("_expert_query_key_value.weight");
    long keys = sizes.hidden() + sizes.keyValueHeads() * sizes.headSize();
    long louder = fused ? keys * sizes.hidden() : 0;
    return new RandomTensor(spec, seed, gain ? 1 : 0, deviation, louder, QUERY_KEY_GAIN);
  }

  /** One over the root of the inputs, with gains at two places. */
  private static float projection(TensorSpec spec) {
    long outputs = spec.shape().get(0);
    float deviation = (float) (1 / Math.sqrt(spec.elements() / (double) outputs));
    if (spec.part() == Part.LM_HEAD) {
      return LOGIT_DEVIATION * deviation;
    }
    return spec.name().endsWith("dense_4h_to_h.weight") ? ADAPTER_GAIN * deviation : deviation;
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
    for (int i = 0; i < count; i++) {
      float factor = first + i < louder ? gain * deviation : deviation;
      values[i] = mean + factor * values[i];
    }
  }
}
