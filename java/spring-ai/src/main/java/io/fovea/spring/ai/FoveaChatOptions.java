package io.fovea.spring.ai;

import io.fovea.engine.Priority;
import io.fovea.prompt.PromptTemplate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.DefaultChatOptions;
import org.springframework.ai.chat.prompt.DefaultChatOptionsBuilder;

/**
 * Spring AI's options and those that only Fovea has. Without a {@code temperature} the likeliest
 * token is always taken, whatever {@code topP}, {@code topK} and {@code seed} are.
 */
public final class FoveaChatOptions extends DefaultChatOptions {
  private final @Nullable Long seed;
  private final @Nullable Duration deadline;
  private final @Nullable Priority priority;
  private final @Nullable String caller;
  private final @Nullable PromptTemplate promptTemplate;

  private FoveaChatOptions(ChatOptions common, Builder builder) {
    super(
        common.getModel(),
        common.getFrequencyPenalty(),
        common.getMaxTokens(),
        common.getPresencePenalty(),
        copy(common.getStopSequences()),
        common.getTemperature(),
        common.getTopK(),
        common.getTopP());
    seed = builder.seed;
    deadline = builder.deadline;
    priority = builder.priority;
    caller = builder.caller;
    promptTemplate = builder.promptTemplate;
  }

  private static @Nullable List<String> copy(@Nullable List<String> list) {
    return list == null ? null : List.copyOf(list);
  }

  /** Of the draws; null: another one for each request. */
  public @Nullable Long getSeed() {
    return seed;
  }

  /** Time for the whole request, encoding its pictures included; null: no limit. */
  public @Nullable Duration getDeadline() {
    return deadline;
  }

  /** Who goes first where requests compete; null: the engine's default. */
  public @Nullable Priority getPriority() {
    return priority;
  }

  /** Whose share of the engine the request takes; null: its own. */
  public @Nullable String getCaller() {
    return caller;
  }

  /**
   * How the conversation becomes a prompt; null: the model's own way. {@link PromptTemplate#BASE}
   * knows no earlier turns.
   */
  public @Nullable PromptTemplate getPromptTemplate() {
    return promptTemplate;
  }

  /** Nothing set, to be changed. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public Builder mutate() {
    return builder()
        .model(getModel())
        .frequencyPenalty(getFrequencyPenalty())
        .maxTokens(getMaxTokens())
        .presencePenalty(getPresencePenalty())
        .stopSequences(getStopSequences())
        .temperature(getTemperature())
        .topK(getTopK())
        .topP(getTopP())
        .seed(seed)
        .deadline(deadline)
        .priority(priority)
        .caller(caller)
        .promptTemplate(promptTemplate);
  }

  /** Collects {@link FoveaChatOptions}. */
  public static final class Builder extends DefaultChatOptionsBuilder<Builder> {
    private @Nullable Long seed;
    private @Nullable Duration deadline;
    private @Nullable Priority priority;
    private @Nullable String caller;
    private @Nullable PromptTemplate promptTemplate;

    private Builder() {}

    /** {@link FoveaChatOptions#getSeed}. */
    public Builder seed(@Nullable Long seed) {
      this.seed = seed;
      return this;
    }

    /** {@link FoveaChatOptions#getDeadline}. */
    public Builder deadline(@Nullable Duration deadline) {
      this.deadline = deadline;
      return this;
    }

    /** {@link FoveaChatOptions#getPriority}. */
    public Builder priority(@Nullable Priority priority) {
      this.priority = priority;
      return this;
    }

    /** {@link FoveaChatOptions#getCaller}. */
    public Builder caller(@Nullable String caller) {
      this.caller = caller;
      return this;
    }

    /** {@link FoveaChatOptions#getPromptTemplate}. */
    public Builder promptTemplate(@Nullable PromptTemplate template) {
      promptTemplate = template;
      return this;
    }

    /** Takes over what {@code other} sets; its stop sequences in place of these. */
    @Override
    public Builder combineWith(ChatOptions.Builder<?> other) {
      if (other.build().getStopSequences() != null) {
        stopSequences(null); // those of both would be joined
      }
      super.combineWith(other);
      if (other instanceof Builder own) {
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
    public FoveaChatOptions build() {
      return new FoveaChatOptions(super.build(), this);
    }
  }
}
