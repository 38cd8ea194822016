package io.fovea.engine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.google.auto.value.AutoValue;
import io.fovea.grounding.GroundedText;
import io.fovea.grounding.Region;
import io.fovea.grounding.Span;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A description of a picture with a box for what it names. */
@AutoValue
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
@JsonIgnoreProperties("parsed") // the rest says it all
public abstract class Caption {
  Caption() {}

  /** As generated, boxes included. */
  public abstract String text();

  /** The same without the boxes. */
  public abstract String plainText();

  /**
   * The boxes and their phrases, in the order of the text; where a phrase stands counts in {@link
   * #text}, see {@link #inPlainText}.
   */
  public abstract List<Region> regions();

  /** Why it ended. */
  public abstract FinishReason finish();

  /** What it took, in tokens. */
  public abstract Usage usage();

  /** What it took, in time. */
  public abstract Timings timings();

  /** {@link #text} as read; null in a caption that was put together by hand. */
  abstract @Nullable GroundedText parsed();

  /** An empty description, to be changed. */
  public static Builder builder() {
    return new AutoValue_Caption.Builder()
        .text("")
        .plainText("")
        .regions(List.of())
        .finish(FinishReason.STOP)
        .usage(Usage.builder().build())
        .timings(Timings.builder().build());
  }

  /**
   * @param parsed the answer's text
   */
  static Caption of(Answer answer, GroundedText parsed) {
    return builder()
        .text(answer.text())
        .plainText(parsed.plainText())
        .parsed(parsed)
        .regions(answer.regions())
        .finish(answer.finish())
        .usage(answer.usage())
        .timings(answer.timings())
        .build();
  }

  /**
   * Where a region's phrase stands in {@link #plainText}.
   *
   * @param region of this caption
   * @throws IllegalArgumentException where it is not
   */
  public TextRange inPlainText(Region region) {
    if (!regions().contains(region)) {
      throw new IllegalArgumentException("the region is not of this caption: " + region);
    }
    GroundedText known = parsed();
    if (known == null) {
      int length = plainText().length();
      return new TextRange(
          Math.min(length, region.textStart()), Math.min(length, region.textEnd()));
    }
    Span range = known.inPlainText(region);
    return new TextRange(range.start(), range.end());
  }

  /** Collects {@link Caption}. */
  @AutoValue.Builder
  public abstract static class Builder {
    Builder() {}

    /** {@link Caption#text}. */
    public abstract Builder text(String value);

    /** {@link Caption#plainText}. */
    public abstract Builder plainText(String value);

    /** {@link Caption#regions}. */
    public abstract Builder regions(List<Region> value);

    /** {@link Caption#finish}. */
    public abstract Builder finish(FinishReason value);

    /** {@link Caption#usage}. */
    public abstract Builder usage(Usage value);

    /** {@link Caption#timings}. */
    public abstract Builder timings(Timings value);

    abstract Builder parsed(@Nullable GroundedText value);

    abstract List<Region> regions();

    abstract Caption unchecked();

    /** The value. */
    public Caption build() {
      regions(List.copyOf(regions()));
      return unchecked();
    }
  }
}
