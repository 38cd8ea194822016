package io.fovea.server.api;

import io.fovea.server.http.ApiException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The models by name; each may still be loading. The first is the one that requests without a name
 * mean.
 */
public final class ServedModels {
  /** How far a model is. */
  enum Status {
    LOADING,
    READY,
    FAILED
  }

  private static final Duration LOADING = Duration.ofSeconds(1);

  private final Map<String, CompletableFuture<ServedModel>> models;

  /**
   * @param models at least one
   */
  public ServedModels(Map<String, CompletableFuture<ServedModel>> models) {
    this.models = new LinkedHashMap<>(models);
  }

  /** Their names, whether loaded or not. */
  List<String> names() {
    return List.copyOf(models.keySet());
  }

  /**
   * A model that is loaded.
   *
   * @param name null for the first
   * @throws ApiException 404 where there is none of that name, 503 where it is loading or could not
   *     be loaded
   */
  ServedModel find(@Nullable String name) {
    String meant = name == null ? names().get(0) : name;
    return switch (status(meant)) {
      case READY -> model(meant).join();
      case LOADING ->
          throw ApiException.later(
              503, "model_loading", "the model is being loaded; try again", LOADING);
      case FAILED ->
          throw ApiException.later(
              503,
              "model_not_loaded",
              "the model could not be loaded; the server's log says why",
              /* retryAfter= */ null); // it gets no better
    };
  }

  private CompletableFuture<ServedModel> model(String name) {
    CompletableFuture<ServedModel> model = models.get(name);
    if (model == null) {
      throw ApiException.refused(
          404,
          "model_not_found",
          "model",
          "there is no model \"" + name + "\" here; name one of " + String.join(", ", names()));
    }
    return model;
  }

  /**
   * How far a model is.
   *
   * @throws ApiException 404 where there is none of that name
   */
  Status status(String name) {
    CompletableFuture<ServedModel> model = model(name);
    if (!model.isDone()) {
      return Status.LOADING;
    }
    return model.isCompletedExceptionally() ? Status.FAILED : Status.READY;
  }

  /** Those that could not be loaded. */
  List<String> failed() {
    return names().stream().filter(name -> status(name) == Status.FAILED).toList();
  }

  /** Those that are loaded. */
  public List<ServedModel> loaded() {
    return models.values().stream()
        .filter(model -> model.isDone() && !model.isCompletedExceptionally())
        .map(CompletableFuture::join)
        .toList();
  }

  /** Whether all are loaded and take requests. */
  boolean isReady() {
    List<ServedModel> loaded = loaded();
    return loaded.size() == models.size()
        && loaded.stream().allMatch(model -> model.engine().health().isServing());
  }
}
