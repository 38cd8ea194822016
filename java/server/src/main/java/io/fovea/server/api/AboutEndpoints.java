package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.ModelInfo;
import io.fovea.server.http.Call;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.http.Routes;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** What the server says of itself: models, health, metrics, its description, the page. */
public final class AboutEndpoints {
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final ServedModels models;
  private final PrometheusMeterRegistry meters;
  private final BooleanSupplier draining;
  private final Reply description =
      Assets.reply("openapi.json", "application/json", Map.of("Cache-Control", "no-cache"));
  private final long started = Instant.now().getEpochSecond();

  /**
   * @param draining whether the server is shutting down
   */
  public AboutEndpoints(
      ServedModels models, PrometheusMeterRegistry meters, BooleanSupplier draining) {
    this.models = models;
    this.meters = meters;
    this.draining = draining;
  }

  /** Adds them all. */
  public void addTo(Routes routes) {
    routes.add("GET", "/v1/models", this::list);
    routes.add("GET", "/v1/models/{id}", this::one);
    routes.add("GET", "/metrics", call -> text(200, PROMETHEUS, meters.scrape()));
    routes.addOpen("GET", "/healthz", call -> text(200, "text/plain", "ok\n"));
    routes.addOpen("GET", "/readyz", this::ready);
    routes.addOpen("GET", "/openapi.json", call -> CompletableFuture.completedFuture(description));
  }

  private CompletionStage<Reply> list(Call call) {
    ObjectNode body = Json.object().put("object", "list");
    ArrayNode data = body.putArray("data");
    models.names().forEach(name -> data.add(describe(name)));
    return CompletableFuture.completedFuture(Reply.json(body));
  }

  private CompletionStage<Reply> one(Call call) {
    models.status(call.argument()); // there is such a model
    return CompletableFuture.completedFuture(Reply.json(describe(call.argument())));
  }

  private ObjectNode describe(String name) {
    ObjectNode model =
        Json.object()
            .put("id", name)
            .put("object", "model")
            .put("created", started)
            .put("owned_by", "fovea");
    ServedModels.Status status = models.status(name);
    ObjectNode facts = model.putObject("fovea");
    facts.put("status", status.name().toLowerCase(Locale.ROOT));
    if (status == ServedModels.Status.READY) {
      addFacts(facts, models.find(name).engine().model());
    }
    return model;
  }

  private static void addFacts(ObjectNode facts, ModelInfo info) {
    facts
        .put("architecture", info.architecture())
        .put("parameters", info.parameters())
        .put("context_tokens", info.contextTokens())
        .put("image_tokens", info.imageTokens())
        .put("dialect", info.dialect());
  }

  private CompletionStage<Reply> ready(Call call) {
    if (draining.getAsBoolean()) {
      return text(503, "text/plain", "shutting down\n");
    }
    List<String> failed = models.failed();
    if (!failed.isEmpty()) {
      return text(503, "text/plain", "not loaded: " + String.join(", ", failed) + "\n");
    }
    return models.isReady()
        ? text(200, "text/plain", "ready\n")
        : text(503, "text/plain", "loading\n");
  }

  private static CompletionStage<Reply> text(int status, String type, String body) {
    return CompletableFuture.completedFuture(
        new Reply.Content(
            status,
            type,
            body.getBytes(StandardCharsets.UTF_8),
            Map.of("Cache-Control", "no-store")));
  }
}
