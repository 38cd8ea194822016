package io.fovea.family;

import io.fovea.prompt.PromptTemplate;

/** What Shikra was tuned to be asked: templates of its training and of its demonstration. */
final class ShikraTasks implements Tasks {
  @Override
  public Task locate(String phrase) {
    return chat("Where is " + phrase.strip() + " <image>? answer in [x0,y0,x1,y1] format.");
  }

  @Override
  public Task describe() {
    return chat(
        "Can you provide a description of the image <image> and include the coordinates"
            + " [x0,y0,x1,y1] for each mentioned object?");
  }

  @Override
  public Task ask(String question) {
    return chat(question);
  }

  /** The answers are those of its training on questions with short answers. */
  @Override
  public YesNo presence(String phrase) {
    Task question = ask("Is there " + Articles.indefinite(phrase) + " in the image?");
    return new YesNo(question, " The answer is yes.", " The answer is no.");
  }

  private static Task chat(String query) {
    return new Task(query, PromptTemplate.CHAT);
  }
}
