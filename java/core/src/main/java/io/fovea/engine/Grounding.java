package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;
import io.fovea.ImageSize;
import io.fovea.grounding.Region;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the model sees what was asked for. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class Grounding {
  Grounding() {}

  /** The answer as generated; empty where its boxes were left out. */
  public abstract String text();

  /**
   * One for each box, under the phrase asked for; with a confidence where boxes were decoded by the
   * grammar.
   */
  public abstract List<Region> regions();

  /**
   * How likely the model thinks that it is there at all, 0 to 1, by its yes or no to "Is there
   * ...?"; null where it was not asked: {@link LocateOptions#presence}.
   */
  public abstract @Nullable Double presence();

  /**
   * Whether the model thinks that it is not there: {@link #presence} is below {@link
   * LocateOptions#leastPresence}. With {@link PresenceCheck#REQUIRE} there are no regions then.
   */
  public abstract boolean absent();

  /** Of the picture, in pixels. */
  public abstract ImageSize imageSize();

  /** Why it ended. */
  public abstract FinishReason finish();

  /** What it took, in tokens. */
  public abstract Usage usage();

  /** What it took, in time. */
  public abstract Timings timings();

  /** Nothing found in a picture of one pixel, to be changed. */
  public static Builder builder() {
    return new AutoValue_Grounding.Builder()
        .text("")
        .regions(List.of())
        .absent(false)
        .imageSize(new ImageSize(1, 1))
        .finish(FinishReason.STOP)
        .usage(Usage.builder().build())
        .timings(Timings.builder().build());
  }

  /** Collects {@link Grounding}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link Grounding#text}. */
    public abstract Builder text(String value);

    /** {@link Grounding#regions}. */
    public abstract Builder regions(List<Region> value);

    /** {@link Grounding#presence}. */
    public abstract Builder presence(@Nullable Double value);

    /** {@link Grounding#absent}. */
    public abstract Builder absent(boolean value);

    /** {@link Grounding#imageSize}. */
    public abstract Builder imageSize(ImageSize value);

    /** {@link Grounding#finish}. */
    public abstract Builder finish(FinishReason value);

    /** {@link Grounding#usage}. */
    public abstract Builder usage(Usage value);

    /** {@link Grounding#timings}. */
    public abstract Builder timings(Timings value);

    abstract List<Region> regions();

    abstract Grounding unchecked();

    /** The value. */
    public Grounding build() {
      regions(List.copyOf(regions()));
      return unchecked();
    }
  }
}
