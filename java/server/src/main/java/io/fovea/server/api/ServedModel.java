package io.fovea.server.api;

import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.fovea.grounding.Dialects;
import io.fovea.grounding.GroundingDialect;
import io.fovea.micrometer.EngineMetrics;

/** An engine under the name that requests know it by, and its encoded pictures. */
public final class ServedModel implements AutoCloseable {
  private final String name;
  private final VisionEngine engine;
  private final ImageCache cache;
  private final GroundingDialect dialect;
  private final EngineMetrics metrics;

  /**
   * @param metrics of the engine, already in a registry; closed with this
   * @param encodedBytes device memory for encoded pictures that nobody uses now
   */
  public ServedModel(String name, VisionEngine engine, EngineMetrics metrics, long encodedBytes) {
    this.name = name;
    this.engine = engine;
    cache = new ImageCache(engine, encodedBytes);
    this.metrics = metrics;
    metrics.watch(engine);
    metrics.watch(cache);
    dialect = Dialects.named(engine.model().dialect());
  }

  String name() {
    return name;
  }

  /** The engine. */
  public VisionEngine engine() {
    return engine;
  }

  /** Its encoded pictures. */
  public ImageCache cache() {
    return cache;
  }

  /** How it writes boxes. */
  GroundingDialect dialect() {
    return dialect;
  }

  /** Gives the pictures up; the engine stays. */
  @Override
  public void close() {
    cache.close();
    metrics.close();
  }
}
