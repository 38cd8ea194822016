package io.fovea.family;

import io.fovea.prompt.PromptTemplate;

/**
 * What CogVLM was tuned to be asked (arXiv:2311.03079, appendix): questions for boxes as they are,
 * others in the form for short answers.
 */
final class CogVlmTasks implements Tasks {
  @Override
  public Task locate(String phrase) {
    return new Task(
        "Where is " + phrase + "? answer in [[x0,y0,x1,y1]] format.", PromptTemplate.BASE);
  }

  @Override
  public Task describe() {
    return new Task(
        "Can you provide a description of the image and include the coordinates [[x0,y0,x1,y1]]"
            + " for each mentioned object?",
        PromptTemplate.BASE);
  }

  @Override
  public Task ask(String question) {
    return new Task(question, PromptTemplate.VQA);
  }

  @Override
  public YesNo presence(String phrase) {
    return new YesNo(ask("Is there " + Articles.indefinite(phrase) + "?"), " yes", " no");
  }
}
