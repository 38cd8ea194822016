package io.fovea.engine;

import com.google.auto.value.AutoValue;
import io.fovea.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/** How boxes are asked for. */
@AutoValue
public abstract class LocateOptions extends RequestOptions {
  private static final int DEFAULT_MAX_BOXES = 8;
  private static final int MOST_BOXES = 64;
  private static final int DEFAULT_NEW_TOKENS = 256;
  private static final LocateOptions DEFAULTS = builder().build();

  LocateOptions() {}

  /**
   * Whether the answer is decoded under the box grammar, so that it is well formed and carries
   * confidences; otherwise the model writes freely and its boxes are read from the text. Default
   * true.
   */
  public abstract boolean constrained();

  /** Most boxes to return, from 1 to 64; the model may give fewer. Default 8. */
  public abstract int maxBoxes();

  /** The whole query in place of "Where is ...?" about one phrase, or null, the default. */
  public abstract @Nullable String prompt();

  /**
   * Whether the model is asked if the phrase is there at all, in the same batch. Default {@link
   * PresenceCheck#REQUIRE}.
   */
  public abstract PresenceCheck presence();

  /**
   * The least {@link Grounding#presence} of a phrase that is answered with boxes, 0 to 1. Null, the
   * default: what the model's folder says.
   */
  public abstract @Nullable Double leastPresence();

  /** Most tokens of a free answer. Default 256. */
  public abstract int maxNewTokens();

  /** Constrained, at most 8 boxes, no deadline. */
  public static LocateOptions defaults() {
    return DEFAULTS;
  }

  /** The defaults, to be changed. */
  public static Builder builder() {
    return new AutoValue_LocateOptions.Builder()
        .constrained(true)
        .presence(PresenceCheck.REQUIRE)
        .maxBoxes(DEFAULT_MAX_BOXES)
        .maxNewTokens(DEFAULT_NEW_TOKENS)
        .priority(Priority.NORMAL);
  }

  /** These, to be changed. */
  public abstract Builder toBuilder();

  /** Collects {@link LocateOptions}. */
  @AutoValue.Builder
  public abstract static class Builder extends RequestOptions.Builder<Builder> {
    Builder() {}

    /** {@link LocateOptions#constrained}. */
    public abstract Builder constrained(boolean constrained);

    /** {@link LocateOptions#maxBoxes}. */
    public abstract Builder maxBoxes(int boxes);

    /** {@link LocateOptions#prompt}. */
    public abstract Builder prompt(@Nullable String query);

    /** {@link LocateOptions#presence}. */
    public abstract Builder presence(PresenceCheck check);

    /** {@link LocateOptions#leastPresence}. */
    public abstract Builder leastPresence(@Nullable Double least);

    /** {@link LocateOptions#maxNewTokens}. */
    public abstract Builder maxNewTokens(int tokens);

    abstract LocateOptions unchecked();

    /**
     * The options.
     *
     * @throws InvalidRequestException naming the one that is out of its range
     */
    public LocateOptions build() {
      LocateOptions built = unchecked();
      int boxes = built.maxBoxes();
      if (boxes < 1 || boxes > MOST_BOXES) {
        throw new InvalidRequestException(
            "maxBoxes is " + boxes, "give a number from 1 to " + MOST_BOXES);
      }
      if (built.maxNewTokens() < 1) {
        throw new InvalidRequestException(
            "maxNewTokens is " + built.maxNewTokens(), "allow at least one token");
      }
      Double least = built.leastPresence();
      if (least != null && !(least >= 0 && least <= 1)) {
        throw new InvalidRequestException(
            "leastPresence is " + least, "give a number from 0 to 1, or null for the model's own");
      }
      if (least != null && built.presence() == PresenceCheck.SKIP) {
        throw new InvalidRequestException(
            "leastPresence is " + least + ", but presence is SKIP",
            "choose PresenceCheck.REQUIRE or REPORT, or leave leastPresence out");
      }
      String prompt = built.prompt();
      if (prompt != null && prompt.isBlank()) {
        throw new InvalidRequestException(
            "the prompt is empty", "say what to ask, or give null for the usual question");
      }
      Deadlines.requirePositive(built.deadline());
      return built;
    }
  }
}
