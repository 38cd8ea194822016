package io.fovea.prompt;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import java.util.List;

/**
 * One finished exchange of a conversation.
 *
 * @param question what the user asked
 * @param answer what the model replied
 * @param pictures how many pictures came with the question, at least 0
 */
public record Turn(String question, String answer, int pictures) {
  public Turn {
    requireNonNull(question, "question");
    requireNonNull(answer, "answer");
    if (pictures < 0) {
      throw new InvalidRequestException(
          "a turn has " + pictures + " pictures", "give zero or more");
    }
  }

  /** An exchange that no picture came with. */
  public Turn(String question, String answer) {
    this(question, answer, 0);
  }

  /** Pictures that came with the questions of {@code turns}; the largest int where it is more. */
  public static int pictures(List<Turn> turns) {
    return (int) Math.min(Integer.MAX_VALUE, turns.stream().mapToLong(Turn::pictures).sum());
  }
}
