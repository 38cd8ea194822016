package io.fovea.text;

import io.fovea.InvalidRequestException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The texts that CogVLM v1 was tuned on: its checkpoints' {@code config.json} names the right one
 * in {@code template_version}. The image is no part of the text; it stands before it.
 */
public enum PromptTemplate {
  /** The query alone; earlier turns are ignored. For grounding and base checkpoints. */
  BASE {
    @Override
    public String render(String query, List<Turn> history) {
      return query;
    }
  },

  /** {@code Question: q1 Answer: a1\nQuestion: q2 Answer:}, for free conversation. */
  CHAT {
    @Override
    public String render(String query, List<Turn> history) {
      return conversation(" Answer:", query, history);
    }
  },

  /** As {@link #CHAT}, earlier turns included, with {@code Short answer:} for {@code Answer:}. */
  VQA {
    @Override
    public String render(String query, List<Turn> history) {
      return conversation(" Short answer:", query, history);
    }
  };

  /**
   * The prompt text for a query.
   *
   * @param query what the user asks now, verbatim
   * @param history the turns before it, oldest first
   */
  public abstract String render(String query, List<Turn> history);

  /** The prompt text for a query without history. */
  public String render(String query) {
    return render(query, List.of());
  }

  /** The name that {@code config.json} uses. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The template with this {@link #configName}.
   *
   * @throws InvalidRequestException if there is none
   */
  public static PromptTemplate fromName(String name) {
    return Arrays.stream(values())
        .filter(template -> template.configName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "there is no prompt template '" + name + "'",
                    "name one of base, chat, vqa (template_version in config.json)"));
  }

  private static String conversation(String answerCue, String query, List<Turn> history) {
    StringBuilder prompt = new StringBuilder();
    for (Turn turn : history) {
      prompt.append("Question: ").append(turn.question()).append(answerCue);
      prompt.append(' ').append(turn.answer()).append('\n');
    }
    return prompt.append("Question: ").append(query).append(answerCue).toString();
  }
}
