package io.fovea.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.fovea.engine.Timings;
import io.fovea.engine.Usage;
import io.fovea.grounding.Region;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What LangChain4j knows of a response, and the boxes in it: {@code response.metadata()} of every
 * response of Fovea's models is one.
 */
public final class FoveaChatResponseMetadata extends ChatResponseMetadata {
  private final List<Region> regions;
  private final Usage usage;
  private final @Nullable Timings timings;
  private final @Nullable Long seed;

  private FoveaChatResponseMetadata(Builder builder) {
    super(builder);
    regions = builder.regions;
    usage = builder.usage;
    timings = builder.timings;
    seed = builder.seed;
  }

  /** The boxes of the answer, on the conversation's last picture, in the order of the text. */
  public List<Region> regions() {
    return regions;
  }

  /** What it took, in tokens: {@link #tokenUsage} with those of pictures and of the cache. */
  public Usage usage() {
    return usage;
  }

  /** What it took, in time; null where several phrases were located together. */
  public @Nullable Timings timings() {
    return timings;
  }

  /** Of the draws the answer was made with; null where nothing was drawn. */
  public @Nullable Long seed() {
    return seed;
  }

  static Builder builder(String modelName) {
    return new Builder().modelName(modelName);
  }

  @Override
  public Builder toBuilder() {
    Builder builder = new Builder();
    toBuilder(builder);
    builder.regions = regions;
    builder.usage = usage;
    builder.timings = timings;
    builder.seed = seed;
    return builder;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FoveaChatResponseMetadata that
        && super.equals(that)
        && regions.equals(that.regions)
        && usage.equals(that.usage)
        && Objects.equals(timings, that.timings)
        && Objects.equals(seed, that.seed);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), regions, usage, timings, seed);
  }

  @Override
  public String toString() {
    return "FoveaChatResponseMetadata{" + super.toString() + ", regions=" + regions + "}";
  }

  /** Collects {@link FoveaChatResponseMetadata}. */
  public static final class Builder extends ChatResponseMetadata.Builder<Builder> {
    private List<Region> regions = List.of();
    private Usage usage = Usage.builder().build();
    private @Nullable Timings timings;
    private @Nullable Long seed;

    private Builder() {}

    Builder regions(List<Region> regions) {
      this.regions = List.copyOf(regions);
      return this;
    }

    Builder usage(Usage usage) {
      this.usage = usage;
      int generated = usage.completionTokens() + usage.forcedTokens();
      return tokenUsage(new TokenUsage(usage.promptTokens(), generated));
    }

    Builder timings(Timings timings) {
      this.timings = timings;
      return this;
    }

    Builder seed(@Nullable Long seed) {
      this.seed = seed;
      return this;
    }

    Builder finish(io.fovea.engine.FinishReason finish) {
      return finishReason(
          switch (finish) {
            case STOP, STOP_SEQUENCE -> FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case CANCELLED, DEADLINE -> FinishReason.OTHER;
          });
    }

    @Override
    public FoveaChatResponseMetadata build() {
      return new FoveaChatResponseMetadata(this);
    }
  }
}
