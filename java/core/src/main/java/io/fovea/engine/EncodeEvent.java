package io.fovea.engine;

import com.google.auto.value.AutoValue;
import io.fovea.ImageSize;
import java.time.Duration;

/** A picture is encoded. */
@AutoValue
public abstract class EncodeEvent {
  EncodeEvent() {}

  /** Its size as given, in pixels. */
  public abstract ImageSize size();

  /** Whether the same picture was open already, so that its features were there. */
  public abstract boolean reused();

  /**
   * What the slices of its encoding took of the engine's thread; zero where it was {@link #reused}.
   * A GPU only gets them queued in this time.
   */
  public abstract Duration sliceTime();

  /** From the call to the end, decoding and waiting included. */
  public abstract Duration duration();

  /** Encoded in no time, to be changed. */
  public static Builder builder(ImageSize size) {
    return new AutoValue_EncodeEvent.Builder()
        .size(size)
        .reused(false)
        .sliceTime(Duration.ZERO)
        .duration(Duration.ZERO);
  }

  /** Collects an {@link EncodeEvent}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    abstract Builder size(ImageSize value);

    /** {@link EncodeEvent#reused}. */
    public abstract Builder reused(boolean value);

    /** {@link EncodeEvent#sliceTime}. */
    public abstract Builder sliceTime(Duration value);

    /** {@link EncodeEvent#duration}. */
    public abstract Builder duration(Duration value);

    /** The value. */
    public abstract EncodeEvent build();
  }
}
