package io.fovea.engine;

import com.google.auto.value.AutoValue;
import io.fovea.InvalidRequestException;
import io.fovea.sampling.SamplingOptions;
import java.util.List;

/** How an answer is generated. */
@AutoValue
public abstract class GenerationOptions extends RequestOptions {
  private static final int DEFAULT_NEW_TOKENS = 512;
  private static final GenerationOptions DEFAULTS = builder().build();

  GenerationOptions() {}

  /** How tokens are chosen. Default {@link SamplingOptions#greedy}. */
  public abstract SamplingOptions sampling();

  /** Most tokens to generate, at least 1; the context's end may come first. Default 512. */
  public abstract int maxNewTokens();

  /** Texts that end the answer where they appear, none empty; they are not part of it. */
  public abstract List<String> stop();

  /** Greedy, at most 512 tokens, no stop sequences, no deadline. */
  public static GenerationOptions defaults() {
    return DEFAULTS;
  }

  /** The defaults, to be changed. */
  public static Builder builder() {
    return new AutoValue_GenerationOptions.Builder()
        .sampling(SamplingOptions.greedy())
        .maxNewTokens(DEFAULT_NEW_TOKENS)
        .stop(List.of())
        .priority(Priority.NORMAL);
  }

  /** These, to be changed. */
  public abstract Builder toBuilder();

  /** Collects {@link GenerationOptions}. */
  @AutoValue.Builder
  public abstract static class Builder extends RequestOptions.Builder<Builder> {
    Builder() {}

    /** {@link GenerationOptions#sampling}. */
    public abstract Builder sampling(SamplingOptions sampling);

    /** {@link GenerationOptions#maxNewTokens}. */
    public abstract Builder maxNewTokens(int tokens);

    /** {@link GenerationOptions#stop}. */
    public abstract Builder stop(List<String> texts);

    /** {@link GenerationOptions#stop}. */
    public Builder stop(String... texts) {
      return stop(List.of(texts));
    }

    abstract List<String> stop();

    abstract GenerationOptions unchecked();

    /**
     * The options.
     *
     * @throws InvalidRequestException naming the one that is out of its range
     */
    public GenerationOptions build() {
      stop(List.copyOf(stop()));
      GenerationOptions built = unchecked();
      if (built.maxNewTokens() < 1) {
        throw new InvalidRequestException(
            "maxNewTokens is " + built.maxNewTokens(), "allow at least one token");
      }
      if (built.stop().contains("")) {
        throw new InvalidRequestException("a stop sequence is empty", "leave it out");
      }
      Deadlines.requirePositive(built.deadline());
      return built;
    }
  }
}
