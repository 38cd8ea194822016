package io.fovea.server.api;

import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.fovea.grounding.Dialects;
import io.fovea.grounding.GroundingDialect;

/** An engine under the name that requests know it by, and its encoded pictures. */
public final class ServedModel implements AutoCloseable {
  private final String name;
  private final VisionEngine engine;
  private final ImageCache cache;
  private final GroundingDialect dialect;

  /**
   * @param encodedBytes device memory for encoded pictures that nobody uses now
   */
  public ServedModel(String name, VisionEngine engine, long encodedBytes) {
    this.name = name;
    this.engine = engine;
    cache = new ImageCache(engine, encodedBytes);
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
  }
}
