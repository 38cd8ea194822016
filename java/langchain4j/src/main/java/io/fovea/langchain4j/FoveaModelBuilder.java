package io.fovea.langchain4j;

import static java.util.Objects.requireNonNull;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.fovea.InvalidRequestException;
import io.fovea.chat.ImageFetcher;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What both kinds of models are made with; only the engine is required.
 *
 * @param <B> the builder itself
 */
public abstract class FoveaModelBuilder<B extends FoveaModelBuilder<B>> {
  private @Nullable VisionEngine engine;
  private @Nullable ImageCache imageCache;
  private @Nullable ImageFetcher imageFetcher;
  private @Nullable String modelName;
  private ChatRequestParameters parameters = FoveaChatRequestParameters.builder().build();
  private List<ChatModelListener> listeners = List.of();

  FoveaModelBuilder() {}

  abstract B self();

  /** What answers. It stays the caller's, who closes it. */
  public B engine(VisionEngine engine) {
    this.engine = requireNonNull(engine, "engine");
    return self();
  }

  /**
   * Where encoded pictures are kept, so that those sent again with each turn of a conversation are
   * encoded once. It stays the caller's, and must be of the same engine. Default: none.
   */
  public B imageCache(@Nullable ImageCache cache) {
    imageCache = cache;
    return self();
  }

  /** Gets pictures named by address. Default: none, such pictures are refused. */
  public B imageFetcher(@Nullable ImageFetcher fetcher) {
    imageFetcher = fetcher;
    return self();
  }

  /** What the model is called in responses. Default: the name of its folder. */
  public B modelName(@Nullable String name) {
    modelName = name;
    return self();
  }

  /** Parameters of requests that do not set them; {@link FoveaChatRequestParameters} has more. */
  public B defaultRequestParameters(ChatRequestParameters parameters) {
    this.parameters = requireNonNull(parameters, "parameters");
    return self();
  }

  /** Told of each request, its response or its error. */
  public B listeners(List<ChatModelListener> listeners) {
    this.listeners = List.copyOf(listeners);
    return self();
  }

  Settings settings() {
    if (engine == null) {
      throw new InvalidRequestException("no engine is given", "call engine(...)");
    }
    String name = modelName == null ? folderName(engine) : modelName;
    FoveaChatRequestParameters defaults =
        FoveaChatRequestParameters.builder().overrideWith(parameters).build();
    return new Settings(engine, imageCache, imageFetcher, name, defaults, listeners);
  }

  private static String folderName(VisionEngine engine) {
    return String.valueOf(engine.model().directory().getFileName());
  }
}
