package io.fovea.engine;

import io.fovea.text.PromptTemplate;
import io.fovea.text.Turn;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A question, with a picture or without.
 *
 * @param image what the question is about, or null for a request without picture; it stands before
 *     all turns
 * @param query what is asked now, verbatim
 * @param history finished turns, oldest first; {@link PromptTemplate#BASE} ignores them
 * @param template how query and history become a prompt; null takes the engine's
 */
public record ChatRequest(
    @Nullable EncodedImage image,
    String query,
    List<Turn> history,
    @Nullable PromptTemplate template,
    GenerationOptions options) {
  public ChatRequest {
    Objects.requireNonNull(query, "query");
    Objects.requireNonNull(options, "options");
    history = List.copyOf(Objects.requireNonNull(history, "history"));
  }

  /** A first question about a picture. */
  public static ChatRequest of(@Nullable EncodedImage image, String query) {
    return new ChatRequest(image, query, List.of(), null, GenerationOptions.defaults());
  }

  /** A first question without picture. */
  public static ChatRequest of(String query) {
    return of(null, query);
  }

  public ChatRequest withHistory(List<Turn> history) {
    return new ChatRequest(image, query, history, template, options);
  }

  public ChatRequest withTemplate(@Nullable PromptTemplate template) {
    return new ChatRequest(image, query, history, template, options);
  }

  public ChatRequest withOptions(GenerationOptions options) {
    return new ChatRequest(image, query, history, template, options);
  }
}
