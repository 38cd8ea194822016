package io.fovea.family;

import io.fovea.prompt.PromptTemplate;

/** What a model was tuned to be asked, task by task. */
public interface Tasks {
  /**
   * A question in the form that belongs to it.
   *
   * @param query what is asked
   * @param beginning how every answer begins, where its form is held to: such as the phrase again
   */
  record Task(String query, PromptTemplate template, String beginning) {
    /** A question whose answer begins with what is asked for. */
    public Task(String query, PromptTemplate template) {
      this(query, template, "");
    }
  }

  /**
   * A question that is answered with yes or no.
   *
   * @param yes the answer as it follows the question's last word, its blank included
   * @param no as {@code yes}
   */
  record YesNo(Task question, String yes, String no) {}

  /** Asks for boxes of what {@code phrase} names. */
  Task locate(String phrase);

  /** Asks for a description with a box for each thing. */
  Task describe();

  /** Asks for a short answer. */
  Task ask(String question);

  /** Asks whether there is anything that {@code phrase} names. */
  YesNo presence(String phrase);
}
