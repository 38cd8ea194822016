package io.fovea.engine;

import io.fovea.InvalidRequestException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How boxes are asked for.
 *
 * @param constrained whether the answer is decoded under the box grammar, so that it is well formed
 *     and carries confidences; otherwise the model writes freely and its boxes are read from the
 *     text
 * @param maxBoxes most boxes to return, at least 1; the model may give fewer
 * @param prompt the whole query in place of "Where is ...?", or null
 * @param maxNewTokens most tokens of a free answer
 * @param deadline as in {@link GenerationOptions}
 * @param priority as in {@link GenerationOptions}
 * @param caller as in {@link GenerationOptions}
 */
public record LocateOptions(
    boolean constrained,
    int maxBoxes,
    @Nullable String prompt,
    int maxNewTokens,
    @Nullable Duration deadline,
    Priority priority,
    @Nullable String caller) {
  private static final int DEFAULT_MAX_BOXES = 8;
  private static final int MOST_BOXES = 64;
  private static final int DEFAULT_NEW_TOKENS = 256;

  public LocateOptions {
    if (maxBoxes < 1 || maxBoxes > MOST_BOXES) {
      throw new InvalidRequestException(
          "maxBoxes is " + maxBoxes, "give a number from 1 to " + MOST_BOXES);
    }
    if (maxNewTokens < 1) {
      throw new InvalidRequestException(
          "maxNewTokens is " + maxNewTokens, "allow at least one token");
    }
    Deadlines.requirePositive(deadline);
    Objects.requireNonNull(priority, "priority");
  }

  /** Constrained, at most 8 boxes, no deadline. */
  public static LocateOptions defaults() {
    return new LocateOptions(
        true, DEFAULT_MAX_BOXES, null, DEFAULT_NEW_TOKENS, null, Priority.NORMAL, null);
  }

  public LocateOptions withConstrained(boolean constrained) {
    return new LocateOptions(
        constrained, maxBoxes, prompt, maxNewTokens, deadline, priority, caller);
  }

  public LocateOptions withMaxBoxes(int maxBoxes) {
    return new LocateOptions(
        constrained, maxBoxes, prompt, maxNewTokens, deadline, priority, caller);
  }

  public LocateOptions withPrompt(@Nullable String prompt) {
    return new LocateOptions(
        constrained, maxBoxes, prompt, maxNewTokens, deadline, priority, caller);
  }

  public LocateOptions withMaxNewTokens(int maxNewTokens) {
    return new LocateOptions(
        constrained, maxBoxes, prompt, maxNewTokens, deadline, priority, caller);
  }

  public LocateOptions withDeadline(@Nullable Duration deadline) {
    return new LocateOptions(
        constrained, maxBoxes, prompt, maxNewTokens, deadline, priority, caller);
  }

  public LocateOptions withPriority(Priority priority) {
    return new LocateOptions(
        constrained, maxBoxes, prompt, maxNewTokens, deadline, priority, caller);
  }

  public LocateOptions withCaller(@Nullable String caller) {
    return new LocateOptions(
        constrained, maxBoxes, prompt, maxNewTokens, deadline, priority, caller);
  }
}
