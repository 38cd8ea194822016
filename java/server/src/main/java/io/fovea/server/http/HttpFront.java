package io.fovea.server.http;

import io.fovea.InvalidRequestException;
import io.fovea.server.ServerSettings;
import io.fovea.server.Tls;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.JksOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PfxOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Listens, and has every request answered by its endpoint. */
public final class HttpFront implements AutoCloseable {
  private static final long CLOSE_SECONDS = 10;
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
  private static final int LONGEST_LINE = 4096; // method, path and version

  private final ServerSettings settings;
  private final Routes routes;
  private final Function<Throwable, ApiException> failures;
  private final MeterRegistry meters;
  private final Gate gate;
  private final BodyRoom room;
  private final Vertx vertx;
  private final HttpServer server;
  private final ExecutorService workers;
  private final Map<HttpConnection, ConnectionGuard> guards = new ConcurrentHashMap<>();
  private final AtomicInteger running = new AtomicInteger();
  private volatile boolean draining;

  /**
   * @param vertx of this server alone; closed with it
   * @param failures what a client is told of an error
   */
  public HttpFront(
      Vertx vertx,
      ServerSettings settings,
      Routes routes,
      Function<Throwable, ApiException> failures,
      MeterRegistry meters) {
    this.settings = settings;
    this.routes = routes;
    this.failures = failures;
    this.meters = meters;
    gate = new Gate(settings);
    room = new BodyRoom(settings.bodyBytes());
    HttpServerOptions options = options(settings);
    this.vertx = vertx;
    workers =
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            task -> {
              Thread thread = new Thread(task, "fovea-server-worker");
              thread.setDaemon(true);
              return thread;
            });
    meters.gauge("fovea.http.connections", guards, Map::size);
    meters.gauge("fovea.http.requests.active", running);
    server =
        vertx
            .createHttpServer(options)
            .connectionHandler(this::connected)
            .requestHandler(this::requested)
            .exceptionHandler(error -> {}); // of connections that never became requests
  }

  /** What connections are served by: one thread, which never waits. */
  public static Vertx newVertx() {
    return Vertx.vertx(
        new VertxOptions()
            .setEventLoopPoolSize(1)
            .setWorkerPoolSize(1)
            .setInternalBlockingPoolSize(1)
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setClassPathResolvingEnabled(false)
                    .setFileCachingEnabled(false)));
  }

  private static HttpServerOptions options(ServerSettings settings) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(settings.host())
            .setPort(settings.port())
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true)
            .setMaxHeaderSize(settings.maxHeaderBytes())
            .setMaxInitialLineLength(LONGEST_LINE)
            .setHttp2ClearTextEnabled(false)
            .setUseAlpn(false);
    if (settings.tls() instanceof Tls.Pem pem) {
      options
          .setSsl(true)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(readable(pem.certificate()))
                  .setKeyPath(readable(pem.key())));
    } else if (settings.tls() instanceof Tls.Keystore store) {
      String path = readable(store.file());
      boolean pkcs12 = path.toLowerCase(Locale.ROOT).matches(".*\\.(p12|pfx)");
      options
          .setSsl(true)
          .setKeyCertOptions(
              pkcs12
                  ? new PfxOptions().setPath(path).setPassword(store.password())
                  : new JksOptions().setPath(path).setPassword(store.password()));
    }
    return options;
  }

  private static String readable(Path file) {
    if (!Files.isReadable(file)) {
      throw new InvalidRequestException(
          "cannot read " + file + " for TLS", "name a file that is there and readable");
    }
    return file.toAbsolutePath().toString();
  }

  /**
   * Listens.
   *
   * @return the port
   * @throws InvalidRequestException where that fails, such as on a port in use
   */
  public int start() {
    try {
      return server.listen().await(CLOSE_SECONDS, TimeUnit.SECONDS).actualPort();
    } catch (Exception e) { // what await throws is not declared
      close();
      throw new InvalidRequestException(
          "cannot listen on " + settings.host() + ":" + settings.port() + ": " + e.getMessage(),
          settings.tls() == null
              ? "choose another --host or --port"
              : "choose another address, or check certificate, key and password");
    }
  }

  private void connected(HttpConnection connection) {
    if (guards.size() >= settings.maxConnections()) {
      connection.close();
      return;
    }
    ConnectionGuard guard = new ConnectionGuard(vertx, connection);
    guards.put(connection, guard);
    connection.closeHandler(
        close -> {
          guard.stop();
          guards.remove(connection);
        });
    connection.exceptionHandler(error -> {});
    guard.within(settings.headerTimeout());
  }

  private void requested(HttpServerRequest request) {
    ConnectionGuard guard = guards.get(request.connection());
    if (guard != null) {
      guard.begun();
    }
    running.incrementAndGet();
    new Exchange(this, vertx, request).begin();
  }

  /** An exchange is over; its connection may bring another one. */
  void ended(Exchange exchange, String method, String route, int status, long nanos) {
    running.decrementAndGet();
    Timer.builder("fovea.http.requests")
        .tag("method", METHODS.contains(method) ? method : "OTHER") // clients make names up
        .tag("route", route)
        .tag("status", Integer.toString(status))
        .register(meters)
        .record(nanos, TimeUnit.NANOSECONDS);
    ConnectionGuard guard = guards.get(exchange.connection());
    if (guard != null) {
      guard.ended(settings.idleTimeout());
    }
  }

  /**
   * Refuses what a draining server does not begin.
   *
   * @throws ApiException 503
   */
  void requireOpen(Routes.Route route) {
    if (draining && route.keyed()) {
      throw ApiException.later(
          503,
          "shutting_down",
          "the server is shutting down; ask another one",
          Duration.ofSeconds(1));
    }
  }

  ServerSettings settings() {
    return settings;
  }

  Routes routes() {
    return routes;
  }

  Function<Throwable, ApiException> failures() {
    return failures;
  }

  Gate gate() {
    return gate;
  }

  BodyRoom room() {
    return room;
  }

  ExecutorService workers() {
    return workers;
  }

  /** Whether it refuses new work. */
  public boolean isDraining() {
    return draining;
  }

  /**
   * Refuses new work and waits for what is being answered.
   *
   * @return whether all of it was, in time
   */
  public boolean drain(Duration patience) throws InterruptedException {
    draining = true;
    long end = System.nanoTime() + patience.toNanos();
    while (running.get() > 0 && System.nanoTime() < end) {
      Thread.sleep(10);
    }
    return running.get() == 0;
  }

  /** Closes all connections. */
  @Override
  public void close() {
    draining = true;
    try {
      vertx.close().await(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) { // what await throws is not declared
      throw new IllegalStateException("connections do not close", e);
    } finally {
      workers.shutdown();
    }
  }
}
