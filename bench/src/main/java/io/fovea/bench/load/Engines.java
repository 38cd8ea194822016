package io.fovea.bench.load;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineBuilder;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Engines, pictures and what the engine counts. */
final class Engines {
  private static final int UNCHANGED_LOOKS = 10; // a millisecond apart
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What an engine counted in a phase.
   *
   * @param promptTokens prompt rows that were computed
   * @param generated rows of generated tokens
   */
  record Counted(long steps, long promptTokens, long generated, long completed, long failed) {
    static Counted between(EngineStats before, EngineStats after) {
      return new Counted(
          after.steps() - before.steps(),
          after.promptTokens() - before.promptTokens(),
          after.completionTokens() - before.completionTokens(),
          after.completed() - before.completed(),
          after.failed() - before.failed());
    }

    Counted plus(Counted other) {
      return new Counted(
          steps + other.steps,
          promptTokens + other.promptTokens,
          generated + other.generated,
          completed + other.completed,
          failed + other.failed);
    }

    /** Rows of a step, prompt and generated together. */
    double rowsAStep() {
      return (double) (promptTokens + generated) / Math.max(1, steps);
    }

    /** Generated rows of a step: how many answers share one. */
    double generatedAStep() {
      return (double) generated / Math.max(1, steps);
    }

    Map<String, Object> raw() {
      Map<String, Object> raw = new LinkedHashMap<>();
      raw.put("steps", steps);
      raw.put("prompt_tokens_computed", promptTokens);
      raw.put("generated_tokens", generated);
      raw.put("completed", completed);
      raw.put("failed", failed);
      raw.put("rows_a_step", rowsAStep());
      raw.put("generated_rows_a_step", generatedAStep());
      return raw;
    }
  }

  private Engines() {}

  static EngineBuilder of(Path model) {
    return FoveaEngine.builder().model(model);
  }

  /** What an engine on defaults is: device, arithmetic, cache. */
  static Map<String, Object> facts(Path model) {
    Map<String, Object> facts = new LinkedHashMap<>();
    try (FoveaEngine engine = of(model).build()) {
      facts.put("device", engine.device().device() + ", " + engine.device().name());
      facts.put("threads", engine.device().threads());
      facts.put("features", engine.device().cpuFeatures());
      facts.put("native_build", engine.device().buildId());
      facts.put("dtype", engine.model().dtype().toString());
      facts.put("parameters", engine.model().parameters());
      facts.put("vocabulary", engine.model().vocabularySize());
      facts.put("context_tokens", engine.model().contextTokens());
      facts.put("kv_cache_tokens", engine.model().kvCacheTokens());
    }
    return facts;
  }

  /** Scenes of 3 to 6 shapes, each drawn from its own seed. */
  static List<Scene> scenes(int count, long seed) {
    List<Scene> scenes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      scenes.add(Scene.draw(3 + i % 4, seed * 1000 + i));
    }
    return scenes;
  }

  static List<EncodedImage> encode(FoveaEngine engine, List<Scene> scenes) {
    return scenes.stream().map(scene -> engine.encode(scene.input())).toList();
  }

  /**
   * The figures once nothing runs or waits. An answer can be there before the step that ended it is
   * counted, so they must also have stayed as they are for some time.
   */
  static EngineStats settled(FoveaEngine engine) throws InterruptedException {
    await(engine, stats -> stats.running() == 0 && stats.waiting() == 0);
    EngineStats last = engine.stats();
    for (int i = 0; i < UNCHANGED_LOOKS; i++) {
      Thread.sleep(1);
      EngineStats now = engine.stats();
      if (!now.equals(last)) {
        last = now;
        i = 0;
      }
    }
    return last;
  }

  /**
   * Waits until the engine's figures are as wanted.
   *
   * @return whether they became so within a minute
   */
  static boolean await(FoveaEngine engine, Predicate<EngineStats> wanted)
      throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!wanted.test(engine.stats())) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(1);
    }
    return true;
  }
}
