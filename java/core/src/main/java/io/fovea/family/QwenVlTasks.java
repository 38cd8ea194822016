package io.fovea.family;

import io.fovea.prompt.PromptTemplate;

/**
 * What Qwen-VL was trained to continue, and what Qwen-VL-Chat was tuned to answer (the paper's
 * appendix and the repository's evaluation).
 *
 * @param chat whether it is the latter
 */
record QwenVlTasks(boolean chat) implements Tasks {
  @Override
  public Task locate(String phrase) {
    String named = "<ref>" + phrase.strip() + "</ref>"; // what a box comes behind
    return chat
        ? new Task("Locate " + phrase.strip(), PromptTemplate.CHAT, named)
        : new Task(named, PromptTemplate.BASE);
  }

  @Override
  public Task describe() {
    return new Task("Generate the caption in English with grounding:", form());
  }

  @Override
  public Task ask(String question) {
    return new Task(chat ? question : question + " Answer:", form());
  }

  @Override
  public YesNo presence(String phrase) {
    Task question = ask("Is there " + Articles.indefinite(phrase) + "?");
    return chat ? new YesNo(question, "Yes", "No") : new YesNo(question, " yes", " no");
  }

  private PromptTemplate form() {
    return chat ? PromptTemplate.CHAT : PromptTemplate.BASE;
  }
}
