package io.fovea.micrometer;

import io.fovea.engine.EngineHealth;
import io.fovea.engine.EngineStats;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import org.jspecify.annotations.Nullable;

/** The engine and the picture cache that gauges read, as soon as there are such. Any thread. */
final class Watched {
  private static final EngineStats NOTHING = EngineStats.builder().build();
  private static final ImageCache.Stats NO_IMAGES = new ImageCache.Stats(0, 0, 0, 0, 0);

  private volatile @Nullable VisionEngine engine;
  private volatile @Nullable ImageCache cache;

  void engine(VisionEngine watched) {
    engine = watched;
  }

  void cache(ImageCache watched) {
    cache = watched;
  }

  /** Zeros where there is no engine yet. */
  EngineStats stats() {
    VisionEngine now = engine;
    return now == null ? NOTHING : now.stats();
  }

  /** Null where there is no engine yet. */
  EngineHealth.@Nullable State state() {
    VisionEngine now = engine;
    return now == null ? null : now.health().state();
  }

  /** Zeros where there is no cache. */
  ImageCache.Stats images() {
    ImageCache now = cache;
    return now == null ? NO_IMAGES : now.stats();
  }
}
