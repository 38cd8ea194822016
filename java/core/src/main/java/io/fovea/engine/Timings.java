package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;
import java.time.Duration;

/** Where a request's time went. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class Timings {
  Timings() {}

  /** From the call until work began. */
  public abstract Duration queued();

  /** What encoding the image took, once, before this request; zero without image. */
  public abstract Duration imageEncode();

  /** From the beginning of the work to the first token. */
  public abstract Duration prefill();

  /** From the first token to the end. */
  public abstract Duration decode();

  /** From the call to the first token; zero if there was none. */
  public abstract Duration timeToFirstToken();

  /** No time at all, to be changed. */
  public static Builder builder() {
    return new AutoValue_Timings.Builder()
        .queued(Duration.ZERO)
        .imageEncode(Duration.ZERO)
        .prefill(Duration.ZERO)
        .decode(Duration.ZERO)
        .timeToFirstToken(Duration.ZERO);
  }

  /** Collects {@link Timings}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link Timings#queued}. */
    public abstract Builder queued(Duration value);

    /** {@link Timings#imageEncode}. */
    public abstract Builder imageEncode(Duration value);

    /** {@link Timings#prefill}. */
    public abstract Builder prefill(Duration value);

    /** {@link Timings#decode}. */
    public abstract Builder decode(Duration value);

    /** {@link Timings#timeToFirstToken}. */
    public abstract Builder timeToFirstToken(Duration value);

    /** The value. */
    public abstract Timings build();
  }
}
