package io.fovea.engine;

import com.google.auto.value.AutoValue;
import java.time.Duration;

/** A prompt has run, and the first token of its answer is there. */
@AutoValue
public abstract class PrefillEvent {
  PrefillEvent() {}

  /** Tokens of the prompt: begin token, image and text. */
  public abstract int promptTokens();

  /** Of these, those taken from the cache instead of computed. */
  public abstract int cachedTokens();

  /** From the beginning of the work to the first token. */
  public abstract Duration duration();

  /** An empty prompt's, to be changed. */
  public static Builder builder() {
    return new AutoValue_PrefillEvent.Builder()
        .promptTokens(0)
        .cachedTokens(0)
        .duration(Duration.ZERO);
  }

  /** Collects a {@link PrefillEvent}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link PrefillEvent#promptTokens}. */
    public abstract Builder promptTokens(int value);

    /** {@link PrefillEvent#cachedTokens}. */
    public abstract Builder cachedTokens(int value);

    /** {@link PrefillEvent#duration}. */
    public abstract Builder duration(Duration value);

    /** The value. */
    public abstract PrefillEvent build();
  }
}
