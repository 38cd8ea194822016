package io.fovea.family;

import io.fovea.prompt.PromptTemplate;

/** What Kosmos-2 was trained to continue (its repository's demonstration and evaluation). */
final class Kosmos2Tasks implements Tasks {
  @Override
  public Task locate(String phrase) {
    return new Task("<grounding><phrase> " + phrase.strip() + "</phrase>", PromptTemplate.BASE);
  }

  @Override
  public Task describe() {
    return new Task("<grounding> Describe this image in detail:", PromptTemplate.BASE);
  }

  @Override
  public Task ask(String question) {
    return new Task(question, PromptTemplate.CHAT);
  }

  @Override
  public YesNo presence(String phrase) {
    return new YesNo(ask("Is there " + Articles.indefinite(phrase) + "?"), " yes", " no");
  }
}
