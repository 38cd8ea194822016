package io.fovea.cli;

import io.fovea.engine.EngineBuilder;
import io.fovea.server.ServerSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much a server takes at a time. */
final class ServeLimits {
  @Option(
      names = "--max-body",
      paramLabel = "MIB",
      description = "Largest body of a request. Default: 20 MiB.")
  private @Nullable Integer maxBody;

  @Option(
      names = "--request-timeout",
      paramLabel = "SECONDS",
      description = "How long an answer may take. Default: 120.")
  private @Nullable Integer requestSeconds;

  @Option(
      names = "--drain-timeout",
      paramLabel = "SECONDS",
      description = "How long requests that have begun may take after SIGTERM. Default: 25.")
  private int drainSeconds = 25; // Kubernetes kills after 30

  @Option(
      names = "--max-batch",
      paramLabel = "N",
      description = "Most requests in one step of a model. Default: 8.")
  private @Nullable Integer maxBatch;

  @Option(
      names = "--queue",
      paramLabel = "N",
      description = "Requests of a model that may wait; more are answered 429. Default: 64.")
  private @Nullable Integer queue;

  @Option(
      names = "--kv-cache-tokens",
      paramLabel = "N",
      description = "Room of a model for cached tokens. Default: by --max-batch and memory.")
  private @Nullable Integer cacheTokens;

  @Option(
      names = "--image-ttl",
      paramLabel = "SECONDS",
      description = "How long an uploaded picture is kept after its last use. Default: 1800.")
  private @Nullable Integer imageSeconds;

  @Option(
      names = "--picture-host",
      paramLabel = "HOST",
      split = ",",
      description =
          "A host that pictures may be fetched from by URL, with :PORT where it is not the usual"
              + " one. Default: none; private addresses never.")
  private List<String> pictureHosts = List.of();

  int drainSeconds() {
    return drainSeconds;
  }

  ServerSettings.Builder set(ServerSettings.Builder settings) {
    settings.pictureHosts(pictureHosts);
    if (maxBody != null) {
      long bytes = (long) maxBody << 20;
      settings
          .maxBodyBytes(bytes)
          .bodyBytes(Math.max(bytes, ServerSettings.defaults().bodyBytes()));
    }
    if (requestSeconds != null) {
      settings.requestTimeout(Duration.ofSeconds(requestSeconds));
    }
    if (imageSeconds != null) {
      settings.imageTtl(Duration.ofSeconds(imageSeconds));
    }
    return settings;
  }

  void set(EngineBuilder builder) {
    if (maxBatch != null) {
      builder.maxBatch(maxBatch);
    }
    if (queue != null) {
      builder.queueCapacity(queue);
    }
    if (cacheTokens != null) {
      builder.kvCacheTokens(cacheTokens);
    }
  }
}
