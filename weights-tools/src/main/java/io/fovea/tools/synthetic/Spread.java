package io.fovea.tools.synthetic;

import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.Part;
import io.fovea.tools.layout.TensorSpec;

/**
 * Normally distributed values.
 *
 * @param louder how many at the tensor's begin have {@code gain} times the deviation
 */
public record Spread(float mean, float deviation, long louder, float gain) {
  /** Of logits: best and second best of some hundred then differ by about 1. */
  static final float LOGITS = 4;

  /** Sharpens attention, so that answers depend on more than the last token. */
  static final float QUERY_KEY_GAIN = 1.6f;

  private static final float NORM = 0.2f;
  private static final float BIAS = 0.2f;

  /** All values alike. */
  Spread(float mean, double deviation) {
    this(mean, (float) deviation, 0, 1);
  }

  /** What keeps activations of order one in most places, whatever the sizes. */
  static Spread of(TensorSpec spec) {
    Kind kind = spec.kind();
    return switch (kind) {
      case NORM -> new Spread(spec.name().endsWith(".weight") ? 1 : 0, NORM);
      case BIAS -> new Spread(0, BIAS);
      case EMBEDDING, TIED, TABLE -> new Spread(0, 1);
      case LINEAR, MATRIX, CONV, UNUSED, BUFFER -> {
        Spread projection = new Spread(0, 1 / Math.sqrt(inputs(spec)));
        yield spec.part() == Part.LM_HEAD ? projection.times(LOGITS) : projection;
      }
    };
  }

  /** Values so many times as far from their mean. */
  Spread times(double factor) {
    return new Spread(mean, (float) (factor * deviation), louder, gain);
  }

  /** With the first elements, {@code count} of them, {@link #QUERY_KEY_GAIN} times as loud. */
  Spread sharpened(long count) {
    return new Spread(mean, deviation, count, QUERY_KEY_GAIN);
  }

  private static double inputs(TensorSpec spec) {
    return spec.elements() / (double) spec.shape().get(0);
  }
}
