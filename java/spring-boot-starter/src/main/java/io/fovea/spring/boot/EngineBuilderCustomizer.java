package io.fovea.spring.boot;

import io.fovea.engine.EngineBuilder;

/** A bean that sets what properties cannot, after they were applied. */
@FunctionalInterface
public interface EngineBuilderCustomizer {
  /** Changes the engine to be. */
  void customize(EngineBuilder builder);
}
