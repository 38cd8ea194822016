package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an answer is generated.
 *
 * @param maxNewTokens most tokens to generate, at least 1; the context's end may come first
 * @param stop texts that end the answer where they appear, none empty; they are not part of it
 * @param deadline time from the call until the answer must be there, or null for no limit
 * @param priority who goes first where requests compete
 * @param caller whose share of the engine the request takes, such as a user's or tenant's name: all
 *     requests of a caller together get as much as another caller's; null: a caller of its own
 */
public record GenerationOptions(
    SamplingOptions sampling,
    int maxNewTokens,
    List<String> stop,
    @Nullable Duration deadline,
    Priority priority,
    @Nullable String caller) {
  private static final int DEFAULT_NEW_TOKENS = 512;

  public GenerationOptions {
    requireNonNull(sampling, "sampling");
    requireNonNull(priority, "priority");
    stop = List.copyOf(requireNonNull(stop, "stop"));
    if (maxNewTokens < 1) {
      throw new InvalidRequestException(
          "maxNewTokens is " + maxNewTokens, "allow at least one token");
    }
    if (stop.contains("")) {
      throw new InvalidRequestException("a stop sequence is empty", "leave it out");
    }
    Deadlines.requirePositive(deadline);
  }

  /** Greedy, at most 512 tokens, no stop sequences, no deadline. */
  public static GenerationOptions defaults() {
    return new GenerationOptions(
        SamplingOptions.greedy(), DEFAULT_NEW_TOKENS, List.of(), null, Priority.NORMAL, null);
  }

  public GenerationOptions withSampling(SamplingOptions sampling) {
    return new GenerationOptions(sampling, maxNewTokens, stop, deadline, priority, caller);
  }

  public GenerationOptions withMaxNewTokens(int maxNewTokens) {
    return new GenerationOptions(sampling, maxNewTokens, stop, deadline, priority, caller);
  }

  public GenerationOptions withStop(String... stop) {
    return new GenerationOptions(sampling, maxNewTokens, List.of(stop), deadline, priority, caller);
  }

  public GenerationOptions withDeadline(@Nullable Duration deadline) {
    return new GenerationOptions(sampling, maxNewTokens, stop, deadline, priority, caller);
  }

  public GenerationOptions withPriority(Priority priority) {
    return new GenerationOptions(sampling, maxNewTokens, stop, deadline, priority, caller);
  }

  public GenerationOptions withCaller(@Nullable String caller) {
    return new GenerationOptions(sampling, maxNewTokens, stop, deadline, priority, caller);
  }
}
