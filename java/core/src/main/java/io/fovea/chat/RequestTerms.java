package io.fovea.chat;

import io.fovea.engine.EncodeOptions;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.Priority;
import io.fovea.engine.RequestOptions;
import io.fovea.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request's parameters mean to the engine, whatever a framework calls them; what is null is
 * as the engine has it. The deadline runs from {@link Builder#build} on, over all that is done for
 * the request.
 */
public final class RequestTerms {
  private final SamplingOptions sampling;
  private final List<String> stop;
  private final @Nullable Integer maxNewTokens;
  private final @Nullable Priority priority;
  private final @Nullable String caller;
  private final @Nullable Duration deadline;
  private final long begun = System.nanoTime();

  private RequestTerms(Builder builder) {
    sampling = builder.sampling.build();
    stop = builder.stop;
    maxNewTokens = builder.maxNewTokens;
    priority = builder.priority;
    caller = builder.caller;
    deadline = builder.deadline;
  }

  /** Terms to be. */
  public static Builder builder() {
    return new Builder();
  }

  /** For the request's pictures. */
  public EncodeOptions encoding() {
    return common(EncodeOptions.builder()).build();
  }

  /** For an answer in words. */
  public GenerationOptions generation() {
    GenerationOptions.Builder options =
        common(GenerationOptions.builder()).sampling(sampling).stop(stop);
    return (maxNewTokens == null ? options : options.maxNewTokens(maxNewTokens)).build();
  }

  /**
   * For boxes of phrases. They are decoded in one way only: what is said of sampling, stop
   * sequences and length counts for nothing there, and an adapter should refuse it.
   */
  public LocateOptions locating() {
    return common(LocateOptions.builder()).build();
  }

  private <B extends RequestOptions.Builder<B>> B common(B builder) {
    if (priority != null) {
      builder.priority(priority);
    }
    return builder.caller(caller).deadline(left());
  }

  /** What is left of the deadline; at least a nanosecond, which the engine finds to be over. */
  private @Nullable Duration left() {
    if (deadline == null || deadline.isNegative() || deadline.isZero()) {
      return deadline; // the engine refuses what is not positive
    }
    Duration left = deadline.minusNanos(System.nanoTime() - begun);
    return left.isNegative() || left.isZero() ? Duration.ofNanos(1) : left;
  }

  /** Collects {@link RequestTerms}. */
  public static final class Builder {
    private final SamplingOptions.Builder sampling = SamplingOptions.builder();
    private List<String> stop = List.of();
    private @Nullable Integer maxNewTokens;
    private @Nullable Priority priority;
    private @Nullable String caller;
    private @Nullable Duration deadline;

    private Builder() {}

    /** {@link SamplingOptions#temperature}. */
    public Builder temperature(@Nullable Double temperature) {
      if (temperature != null) {
        sampling.temperature(temperature.floatValue());
      }
      return this;
    }

    /** {@link SamplingOptions#topP}. */
    public Builder topP(@Nullable Double topP) {
      if (topP != null) {
        sampling.topP(topP.floatValue());
      }
      return this;
    }

    /** {@link SamplingOptions#topK}. */
    public Builder topK(@Nullable Integer topK) {
      if (topK != null) {
        sampling.topK(topK);
      }
      return this;
    }

    /** {@link SamplingOptions#seed}. */
    public Builder seed(@Nullable Long seed) {
      sampling.seed(seed);
      return this;
    }

    /** {@link GenerationOptions#stop}. */
    public Builder stop(@Nullable List<String> sequences) {
      stop = sequences == null ? List.of() : List.copyOf(sequences);
      return this;
    }

    /** {@link GenerationOptions#maxNewTokens}. */
    public Builder maxNewTokens(@Nullable Integer tokens) {
      maxNewTokens = tokens;
      return this;
    }

    /** {@link RequestOptions#priority}. */
    public Builder priority(@Nullable Priority priority) {
      this.priority = priority;
      return this;
    }

    /** {@link RequestOptions#caller}. */
    public Builder caller(@Nullable String caller) {
      this.caller = caller;
      return this;
    }

    /** {@link RequestOptions#deadline}, of everything together. */
    public Builder deadline(@Nullable Duration deadline) {
      this.deadline = deadline;
      return this;
    }

    /**
     * The terms; their time runs.
     *
     * @throws io.fovea.InvalidRequestException where a value makes no sense
     */
    public RequestTerms build() {
      return new RequestTerms(this);
    }
  }
}
