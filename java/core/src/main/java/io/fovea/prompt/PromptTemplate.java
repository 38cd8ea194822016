package io.fovea.prompt;

import io.fovea.InvalidRequestException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The texts that the models were tuned on: a checkpoint's {@code config.json} names the right one
 * in {@code template_version}. The image is no part of the text; it stands before it.
 *
 * <p>CogAgent's published code puts the five characters {@code <EOI>} before the {@link #CHAT} and
 * {@link #VQA} forms. Its training replaced that mark by the image, so it is left out here: the
 * model never saw it as text.
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

  /**
   * As {@link #CHAT}, earlier turns included, with {@code Short answer:} for {@code Answer:}.
   * CogAgent was tuned on single turns of it: give it no history.
   */
  VQA {
    @Override
    public String render(String query, List<Turn> history) {
      return conversation(" Short answer:", query, history);
    }
  },

  /**
   * {@code [INST] q1 [/INST] a1 [INST] q2 [/INST] } with a space at both ends: CogAgent's form for
   * free conversation and for tasks on screenshots.
   */
  INSTRUCTION {
    @Override
    public String render(String query, List<Turn> history) {
      StringBuilder prompt = new StringBuilder();
      for (Turn turn : history) {
        prompt.append(" [INST] ").append(turn.question()).append(" [/INST] ").append(turn.answer());
      }
      return prompt.append(" [INST] ").append(query).append(" [/INST] ").toString();
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

  /** Its name in lower case: what {@code config.json} of CogVLM and CogVLM2 has, and more. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The template that CogVLM and CogVLM2 mean by this name. "chat_old" is another name of {@link
   * #CHAT}.
   *
   * @throws InvalidRequestException if there is none
   */
  public static PromptTemplate fromName(String name) {
    if (name.equals("chat_old")) {
      return CHAT;
    }
    return Arrays.stream(values())
        .filter(template -> template.configName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "there is no prompt template '" + name + "'",
                    "name one of " + names() + " (template_version in config.json)"));
  }

  /**
   * The template that CogAgent means by this name: its "chat" is {@link #INSTRUCTION}, all others
   * are as in {@link #fromName}.
   *
   * @throws InvalidRequestException if there is none
   */
  public static PromptTemplate fromCogAgentName(String name) {
    return name.equals("chat") ? INSTRUCTION : fromName(name);
  }

  /** The names that {@link #fromName} knows, for messages. */
  public static String names() {
    return "base, chat, vqa, instruction, chat_old";
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
