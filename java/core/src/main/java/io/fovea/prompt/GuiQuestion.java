package io.fovea.prompt;

import io.fovea.InvalidRequestException;

/**
 * The questions that CogAgent was trained to answer about screenshots (arXiv:2312.08914), to be
 * rendered by {@link PromptTemplate#INSTRUCTION}. One question a conversation works best.
 */
public final class GuiQuestion {
  private GuiQuestion() {}

  /**
   * Asks for a plan and the next action.
   *
   * @param task what is to be reached on the screen, such as "search for CogVLM"
   * @throws InvalidRequestException if the task is blank
   */
  public static String steps(String task) {
    if (task.isBlank()) {
      throw new InvalidRequestException("the task is empty", "say what is to be done");
    }
    return "What steps do I need to take to \"" + task + "\"?";
  }

  /** As {@link #steps}, asking for the place of the next action too. */
  public static String groundedSteps(String task) {
    return steps(task) + "(with grounding)"; // no space: the form of the training data
  }
}
