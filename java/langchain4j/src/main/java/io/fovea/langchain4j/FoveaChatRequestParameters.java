package io.fovea.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import io.fovea.engine.Priority;
import io.fovea.prompt.PromptTemplate;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * LangChain4j's parameters and those that only Fovea has. Without a {@code temperature} the
 * likeliest token is always taken, whatever {@code topP}, {@code topK} and {@code seed} are.
 */
public final class FoveaChatRequestParameters extends DefaultChatRequestParameters {
  private final @Nullable Long seed;
  private final @Nullable Duration deadline;
  private final @Nullable Priority priority;
  private final @Nullable String caller;
  private final @Nullable PromptTemplate promptTemplate;

  private FoveaChatRequestParameters(Builder builder) {
    super(builder);
    seed = builder.seed;
    deadline = builder.deadline;
    priority = builder.priority;
    caller = builder.caller;
    promptTemplate = builder.promptTemplate;
  }

  /** Of the draws; null: another one for each request. */
  public @Nullable Long seed() {
    return seed;
  }

  /** Time for the whole request, encoding its pictures included; null: no limit. */
  public @Nullable Duration deadline() {
    return deadline;
  }

  /** Who goes first where requests compete; null: the engine's default. */
  public @Nullable Priority priority() {
    return priority;
  }

  /** Whose share of the engine the request takes; null: its own. */
  public @Nullable String caller() {
    return caller;
  }

  /**
   * How the conversation becomes a prompt; null: the model's own way. {@link PromptTemplate#BASE}
   * knows no earlier turns.
   */
  public @Nullable PromptTemplate promptTemplate() {
    return promptTemplate;
  }

  /** Nothing set, to be changed. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public FoveaChatRequestParameters overrideWith(ChatRequestParameters that) {
    return builder().overrideWith(this).overrideWith(that).build();
  }

  @Override
  public FoveaChatRequestParameters defaultedBy(ChatRequestParameters that) {
    return builder().overrideWith(that).overrideWith(this).build();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FoveaChatRequestParameters that
        && super.equals(that)
        && Objects.equals(seed, that.seed)
        && Objects.equals(deadline, that.deadline)
        && priority == that.priority
        && Objects.equals(caller, that.caller)
        && promptTemplate == that.promptTemplate;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), seed, deadline, priority, caller, promptTemplate);
  }

  @Override
  public String toString() {
    return "FoveaChatRequestParameters{"
        + super.toString()
        + ", seed="
        + seed
        + ", deadline="
        + deadline
        + ", priority="
        + priority
        + ", caller="
        + caller
        + ", promptTemplate="
        + promptTemplate
        + "}";
  }

  /** Collects {@link FoveaChatRequestParameters}. */
  public static final class Builder extends DefaultChatRequestParameters.Builder<Builder> {
    private @Nullable Long seed;
    private @Nullable Duration deadline;
    private @Nullable Priority priority;
    private @Nullable String caller;
    private @Nullable PromptTemplate promptTemplate;

    private Builder() {}

    /** {@link FoveaChatRequestParameters#seed}. */
    public Builder seed(@Nullable Long seed) {
      this.seed = seed;
      return this;
    }

    /** {@link FoveaChatRequestParameters#deadline}. */
    public Builder deadline(@Nullable Duration deadline) {
      this.deadline = deadline;
      return this;
    }

    /** {@link FoveaChatRequestParameters#priority}. */
    public Builder priority(@Nullable Priority priority) {
      this.priority = priority;
      return this;
    }

    /** {@link FoveaChatRequestParameters#caller}. */
    public Builder caller(@Nullable String caller) {
      this.caller = caller;
      return this;
    }

    /** {@link FoveaChatRequestParameters#promptTemplate}. */
    public Builder promptTemplate(@Nullable PromptTemplate template) {
      promptTemplate = template;
      return this;
    }

    /** Takes over what {@code that} sets. */
    @Override
    public Builder overrideWith(ChatRequestParameters that) {
      super.overrideWith(that);
      if (that instanceof FoveaChatRequestParameters own) {
        seed = either(own.seed, seed);
        deadline = either(own.deadline, deadline);
        priority = either(own.priority, priority);
        caller = either(own.caller, caller);
        promptTemplate = either(own.promptTemplate, promptTemplate);
      }
      return this;
    }

    private static <T> @Nullable T either(@Nullable T first, @Nullable T otherwise) {
      return first == null ? otherwise : first;
    }

    @Override
    public FoveaChatRequestParameters build() {
      return new FoveaChatRequestParameters(this);
    }
  }
}
