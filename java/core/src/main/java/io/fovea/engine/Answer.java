package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.google.auto.value.AutoValue;
import io.fovea.grounding.Region;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the model answered. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public abstract class Answer {
  Answer() {}

  /** As generated, without the end token. */
  public abstract String text();

  /** The boxes in it, in the order of the text; often none. */
  public abstract List<Region> regions();

  /**
   * Of the draws it was made with: the same seed draws the same again. Null where nothing was
   * drawn.
   */
  public abstract @Nullable Long seed();

  /** Why it ended. */
  public abstract FinishReason finish();

  /** What it took, in tokens. */
  public abstract Usage usage();

  /** What it took, in time. */
  public abstract Timings timings();

  /** An empty answer, to be changed. */
  public static Builder builder() {
    return new AutoValue_Answer.Builder()
        .text("")
        .regions(List.of())
        .finish(FinishReason.STOP)
        .usage(Usage.builder().build())
        .timings(Timings.builder().build());
  }

  /** Collects {@link Answer}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link Answer#text}. */
    public abstract Builder text(String value);

    /** {@link Answer#regions}. */
    public abstract Builder regions(List<Region> value);

    /** {@link Answer#seed}. */
    public abstract Builder seed(@Nullable Long value);

    /** {@link Answer#finish}. */
    public abstract Builder finish(FinishReason value);

    /** {@link Answer#usage}. */
    public abstract Builder usage(Usage value);

    /** {@link Answer#timings}. */
    public abstract Builder timings(Timings value);

    abstract List<Region> regions();

    abstract Answer unchecked();

    /** The value. */
    public Answer build() {
      regions(List.copyOf(regions()));
      return unchecked();
    }
  }
}
