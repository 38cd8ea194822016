package io.fovea.server;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.engine.EngineListener;
import io.fovea.engine.VisionEngine;
import io.fovea.micrometer.EngineMetrics;
import io.fovea.server.api.AboutEndpoints;
import io.fovea.server.api.CaptionEndpoint;
import io.fovea.server.api.ChatEndpoint;
import io.fovea.server.api.Failures;
import io.fovea.server.api.ImagesEndpoint;
import io.fovea.server.api.LocateEndpoint;
import io.fovea.server.api.PageEndpoint;
import io.fovea.server.api.ServedModel;
import io.fovea.server.api.ServedModels;
import io.fovea.server.http.HttpFront;
import io.fovea.server.http.Routes;
import io.fovea.server.picture.Pictures;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server over engines. It listens from {@link Builder#start} on; models that are loaded by
 * a supplier answer once they are there, and {@link #ready} tells when. Safe for any thread.
 */
public final class FoveaServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FoveaServer.class);

  private final ServerSettings settings;
  private final HttpFront front;
  private final ServedModels models;
  private final Routes routes = new Routes();
  private final CompletableFuture<Void> ready;
  private final int port;

  private FoveaServer(ServerSettings settings, Map<String, Model> loading) {
    this.settings = settings;
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Map<String, CompletableFuture<ServedModel>> served = new LinkedHashMap<>();
    loading.forEach((name, model) -> served.put(name, model.served(name, settings, meters)));
    models = new ServedModels(served);
    ready = CompletableFuture.allOf(served.values().toArray(CompletableFuture[]::new));
    Vertx vertx = HttpFront.newVertx();
    Pictures pictures = new Pictures(vertx, settings);
    routes.add(
        "POST", "/v1/chat/completions", new ChatEndpoint(models, pictures, settings.heartbeat()));
    routes.add("POST", "/v1/locate", new LocateEndpoint(models, pictures, settings.heartbeat()));
    routes.add("POST", "/v1/caption", new CaptionEndpoint(models, pictures));
    new ImagesEndpoint(models, pictures).addTo(routes);
    new AboutEndpoints(models, meters, this::isDraining).addTo(routes);
    PageEndpoint.addTo(routes);
    meters.gauge("fovea.http.uploads.bytes", pictures.store(), store -> store.bytes());
    front = new HttpFront(vertx, settings, routes, Failures::of, meters);
    port = front.start();
    LOG.info("listening on {}", uri());
  }

  /** A server to be. */
  public static Builder builder() {
    return new Builder();
  }

  /** Where it listens. */
  public URI uri() {
    String host = settings.host();
    String shown = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
    String scheme = settings.tls() == null ? "http" : "https";
    return URI.create(
        scheme + "://" + (shown.contains(":") ? "[" + shown + "]" : shown) + ":" + port);
  }

  /** Completes once all models are loaded; fails with what kept one from it. */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /** What it answers. */
  Routes routes() {
    return routes;
  }

  private boolean isDraining() {
    return front.isDraining();
  }

  /**
   * Ends in good order: refuses new requests, also says so when asked whether it is ready, answers
   * those that are there, then closes.
   *
   * @param patience how long they may take
   * @return whether all were answered
   */
  public boolean shutdown(Duration patience) {
    boolean drained = false;
    try {
      drained = front.drain(requireNonNull(patience, "patience"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
    return drained;
  }

  /** Closes all connections, which ends their requests. The engines stay their owners'. */
  @Override
  public void close() {
    front.close();
    models.loaded().forEach(ServedModel::close);
  }

  /** An engine that is there or to come, and what shows its figures. */
  private record Model(CompletableFuture<VisionEngine> engine, EngineMetrics metrics) {
    CompletableFuture<ServedModel> served(
        String name, ServerSettings settings, PrometheusMeterRegistry meters) {
      metrics.bindTo(meters);
      return engine.thenApply(
          loaded -> new ServedModel(name, loaded, metrics, settings.encodedBytes()));
    }
  }

  /** Collects what a server needs. */
  public static final class Builder {
    private final Map<String, Model> models = new LinkedHashMap<>();
    private ServerSettings settings = ServerSettings.defaults();

    private Builder() {}

    /** How it listens. */
    public Builder settings(ServerSettings settings) {
      this.settings = requireNonNull(settings, "settings");
      return this;
    }

    /**
     * Serves an engine, which stays its owner's to close. The first one answers requests that name
     * no model.
     *
     * @param metrics that was given to the engine as a listener, for {@code /metrics}; closed with
     *     the server
     * @throws InvalidRequestException where the name is empty or there already
     */
    public Builder model(String name, VisionEngine engine, EngineMetrics metrics) {
      return add(
          name, CompletableFuture.completedFuture(requireNonNull(engine, "engine")), metrics);
    }

    /**
     * The same for an engine that is still to be loaded.
     *
     * @param loader makes an engine that tells the listener what it does; called once, on a thread
     *     of its own
     */
    public Builder model(String name, Function<EngineListener, ? extends VisionEngine> loader) {
      requireNonNull(loader, "loader");
      CompletableFuture<VisionEngine> engine = new CompletableFuture<>();
      EngineMetrics metrics = new EngineMetrics(name);
      add(name, engine, metrics);
      Thread thread =
          new Thread(
              () -> {
                try {
                  engine.complete(loader.apply(metrics));
                } catch (RuntimeException | Error e) {
                  LOG.error("model {} could not be loaded", name, e);
                  engine.completeExceptionally(e);
                }
              },
              "fovea-server-load-" + name);
      thread.setDaemon(true);
      thread.start();
      return this;
    }

    private Builder add(
        String name, CompletableFuture<VisionEngine> engine, EngineMetrics metrics) {
      Model model = new Model(engine, requireNonNull(metrics, "metrics"));
      if (name.isBlank() || models.putIfAbsent(name, model) != null) {
        throw new InvalidRequestException(
            "two models are called '" + name + "', or the name is empty", "name each by its own");
      }
      return this;
    }

    /**
     * Listens.
     *
     * @throws InvalidRequestException where there is no model, the address cannot be had, or it
     *     would let everybody in from other machines
     */
    public FoveaServer start() {
      if (models.isEmpty()) {
        throw new InvalidRequestException("there is no model to serve", "call model(name, engine)");
      }
      if (settings.apiKeys().isEmpty() && !settings.open() && !isLoopback(settings.host())) {
        throw new InvalidRequestException(
            "host " + settings.host() + " is reached from other machines, and no API key is set",
            "set one, listen on 127.0.0.1, or say that it is to be open");
      }
      return new FoveaServer(settings, models);
    }

    private static boolean isLoopback(String host) {
      try {
        return InetAddress.getByName(host).isLoopbackAddress();
      } catch (UnknownHostException e) {
        throw new InvalidRequestException(
            "host " + host + " is not known", "name an address of this machine");
      }
    }
  }
}
