package io.fovea.ops;

import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Weights of a projection as a checkpoint stores them, in host memory.
 *
 * @param values [N, K] f32, bf16 or f16 where they are plain; quantised: I8 or F8 [N, K], or, for
 *     I4, I32 [N, K/8] with eight values q + 8 a word, the lowest bits first
 * @param quantization null where they are plain
 */
public record StoredWeights(Tensor values, @Nullable Quantization quantization) {
  private static final int NIBBLES = 8; // values in an I32

  public StoredWeights {
    if (values.rank() != 2) {
      throw new IllegalArgumentException("weights are wanted as a matrix, got " + values);
    }
    if (quantization != null) {
      DType stored = quantization.dtype() == DType.I4 ? DType.I32 : quantization.dtype();
      if (values.dtype() != stored) {
        throw new IllegalArgumentException(
            quantization + " is stored as " + stored + ", got " + values);
      }
    }
  }

  /** Weights [N, K] that are not quantised. */
  public static StoredWeights plain(Tensor values) {
    return new StoredWeights(values, null);
  }

  /** Output features N. */
  public long outputs() {
    return values.size(0);
  }

  /** Inputs K. */
  public long inputs() {
    boolean nibbles = quantization != null && quantization.dtype() == DType.I4;
    return nibbles ? NIBBLES * values.size(1) : values.size(1);
  }

  /**
   * Checks that these and {@code second} can be packed as a pair.
   *
   * @throws IllegalArgumentException where they are not quantised alike
   */
  public void requireLike(StoredWeights second) {
    Quantization other = second.quantization;
    boolean alike =
        quantization == null || other == null ? quantization == other : quantization.like(other);
    if (!alike) {
      throw new IllegalArgumentException(
          "a pair of weights must be quantised alike, got "
              + Objects.requireNonNullElse(quantization, "plain")
              + " and "
              + Objects.requireNonNullElse(other, "plain")
              + "; store both halves in one form");
    }
  }
}
