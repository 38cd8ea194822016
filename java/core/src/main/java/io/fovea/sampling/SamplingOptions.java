package io.fovea.sampling;

import com.google.auto.value.AutoValue;
import io.fovea.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen. The steps, their order and their meaning are those of {@code
 * generate} in Hugging Face Transformers; for logits x [V], in f32 until the softmax:
 *
 * <ol>
 *   <li>repetition penalty r (arXiv:1909.05858, section 4.1), for each token already in the
 *       sequence: x / r if x is at least 0, otherwise x · r;
 *   <li>temperature t: x / t;
 *   <li>top-k: keeps x that are at least the k-th largest, so more than k where several are equal;
 *   <li>top-p (arXiv:1904.09751): keeps a token if the probability of all that come before it, from
 *       the likeliest down, is below p; the likeliest stays always. Among equals the lower id comes
 *       first;
 *   <li>a draw from the softmax of what is left.
 * </ol>
 */
@AutoValue
public abstract class SamplingOptions {
  private static final SamplingOptions GREEDY = builder().build();

  SamplingOptions() {}

  /**
   * At least 0; 0, the default, is greedy: the largest logit after step 1, the lowest id among
   * equals.
   */
  public abstract float temperature();

  /** At least 0; 0, the default, keeps every token. */
  public abstract int topK();

  /** From 0 to 1; 1, the default, keeps every token. */
  public abstract float topP();

  /** Above 0; 1, the default, is none; more discourages repetition. */
  public abstract float repetitionPenalty();

  /**
   * Of the draws: equal seeds and logits give equal tokens. Null, the default: another one for each
   * request, which its answer tells.
   */
  public abstract @Nullable Long seed();

  /** The likeliest token always; the default. */
  public static SamplingOptions greedy() {
    return GREEDY;
  }

  /** Greedy, to be changed. */
  public static Builder builder() {
    return new AutoValue_SamplingOptions.Builder()
        .temperature(0)
        .topK(0)
        .topP(1)
        .repetitionPenalty(1);
  }

  /** These, to be changed. */
  public abstract Builder toBuilder();

  /** Whether no draw is made. */
  public boolean isGreedy() {
    return temperature() == 0;
  }

  /** Collects {@link SamplingOptions}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link SamplingOptions#temperature}. */
    public abstract Builder temperature(float value);

    /** {@link SamplingOptions#topK}. */
    public abstract Builder topK(int value);

    /** {@link SamplingOptions#topP}. */
    public abstract Builder topP(float value);

    /** {@link SamplingOptions#repetitionPenalty}. */
    public abstract Builder repetitionPenalty(float value);

    /** {@link SamplingOptions#seed}. */
    public abstract Builder seed(@Nullable Long value);

    /** {@link SamplingOptions#seed}. */
    public Builder seed(long value) {
      return seed(Long.valueOf(value));
    }

    abstract SamplingOptions unchecked();

    /**
     * The options.
     *
     * @throws InvalidRequestException naming the one that is out of its range
     */
    public SamplingOptions build() {
      SamplingOptions built = unchecked();
      float temperature = built.temperature();
      require(temperature >= 0 && temperature <= Float.MAX_VALUE, "temperature", temperature, "0");
      require(built.topK() >= 0, "topK", built.topK(), "0 (off)");
      require(
          built.topP() >= 0 && built.topP() <= 1, "topP", built.topP(), "1 (off), never above 1");
      float penalty = built.repetitionPenalty();
      require(
          penalty > 0 && penalty <= Float.MAX_VALUE,
          "repetitionPenalty",
          penalty,
          "1 (off), always above 0");
      return built;
    }
  }

  private static void require(boolean valid, String option, Number value, String usual) {
    if (!valid) {
      throw new InvalidRequestException(
          option + " is " + value, "choose a finite " + option + " from 0 up, such as " + usual);
    }
  }
}
