package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;

/** What a request took, in tokens. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class Usage {
  Usage() {}

  /** Tokens before the answer: begin token, image and text. */
  public abstract int promptTokens();

  /** Of these, the image's, markers included. */
  public abstract int imageTokens();

  /** Of {@link #promptTokens}, those taken from the cache instead of computed. */
  public abstract int cachedTokens();

  /** Tokens the model chose, the end token included. */
  public abstract int completionTokens();

  /** Tokens of the answer that the box grammar left no choice about. */
  public abstract int forcedTokens();

  /** Nothing at all, to be changed. */
  public static Builder builder() {
    return new AutoValue_Usage.Builder()
        .promptTokens(0)
        .imageTokens(0)
        .cachedTokens(0)
        .completionTokens(0)
        .forcedTokens(0);
  }

  /** Both together. */
  public Usage plus(Usage other) {
    return builder()
        .promptTokens(promptTokens() + other.promptTokens())
        .imageTokens(imageTokens() + other.imageTokens())
        .cachedTokens(cachedTokens() + other.cachedTokens())
        .completionTokens(completionTokens() + other.completionTokens())
        .forcedTokens(forcedTokens() + other.forcedTokens())
        .build();
  }

  /** Collects {@link Usage}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link Usage#promptTokens}. */
    public abstract Builder promptTokens(int value);

    /** {@link Usage#imageTokens}. */
    public abstract Builder imageTokens(int value);

    /** {@link Usage#cachedTokens}. */
    public abstract Builder cachedTokens(int value);

    /** {@link Usage#completionTokens}. */
    public abstract Builder completionTokens(int value);

    /** {@link Usage#forcedTokens}. */
    public abstract Builder forcedTokens(int value);

    /** The value. */
    public abstract Usage build();
  }
}
