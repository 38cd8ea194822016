package io.fovea.micrometer;

import io.fovea.engine.Usage;
import java.util.List;

/** Counts tokens of answers. */
final class Outputs {
  private Outputs() {}

  /** All tokens of an answer, those that the box grammar forced included. */
  static int tokens(Usage usage) {
    return usage.completionTokens() + usage.forcedTokens();
  }

  /** All tokens of all answers. */
  static int tokens(List<Generation> answers) {
    return answers.stream().mapToInt(answer -> tokens(answer.usage())).sum();
  }

  /** All tokens before the answers, cached ones included. */
  static int prompts(List<Generation> answers) {
    return answers.stream().mapToInt(answer -> answer.usage().promptTokens()).sum();
  }

  /** Those after the first; none where there is no answer. */
  static int furtherTokens(Usage usage) {
    return Math.max(0, tokens(usage) - 1);
  }
}
