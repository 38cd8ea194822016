package io.fovea.micrometer;

import io.fovea.engine.EngineHealth;
import io.fovea.engine.EngineStats;
import java.util.function.ToDoubleFunction;

/** What an engine and its picture cache know by themselves, read when somebody asks. */
final class StatsMeters {
  private final MeterSet meters;
  private final Watched watched;

  private StatsMeters(MeterSet meters, Watched watched) {
    this.meters = meters;
    this.watched = watched;
  }

  static void make(MeterSet meters, Watched watched) {
    StatsMeters made = new StatsMeters(meters, watched);
    made.health();
    made.requests();
    made.tokens();
    made.keyValueCache();
    made.memory();
    made.imageCache();
  }

  private void health() {
    for (EngineHealth.State state : EngineHealth.State.values()) {
      meters.gauge(
          EngineMetrics.HEALTH,
          null,
          "1 for the state that the engine is in, 0 for the others",
          watched,
          engine -> engine.state() == state ? 1 : 0,
          "state",
          TagValues.of(state));
    }
  }

  private void requests() {
    gauge("fovea.engine.waiting", "requests", "In the queue", EngineStats::waiting);
    gauge("fovea.engine.running", "requests", "Begun and not ended", EngineStats::running);
    outcome("completed", EngineStats::completed);
    outcome("cancelled", EngineStats::cancelled);
    outcome("late", EngineStats::late);
    outcome("failed", EngineStats::failed);
    outcome("rejected", EngineStats::rejected);
    sum(
        "fovea.preemptions",
        "Times that a request gave its pages up for an older one",
        EngineStats::preemptions);
  }

  private void outcome(String outcome, ToDoubleFunction<EngineStats> count) {
    meters.sum(
        "fovea.requests",
        "requests",
        "Requests that ended",
        watched,
        engine -> count.applyAsDouble(engine.stats()),
        "outcome",
        outcome);
  }

  private void tokens() {
    token("prompt", EngineStats::promptTokens);
    token("completion", EngineStats::completionTokens);
    token("cached", EngineStats::cachedTokens);
    token("repeated", EngineStats::repeatedTokens);
  }

  private void token(String type, ToDoubleFunction<EngineStats> count) {
    meters.sum(
        "fovea.tokens",
        "tokens",
        "Computed of prompts and of completions, taken from the cache, computed once more (repeated:"
            + " part of the first two)",
        watched,
        engine -> count.applyAsDouble(engine.stats()),
        "type",
        type);
  }

  private void keyValueCache() {
    pages("used", stats -> stats.kvPagesTotal() - stats.kvPagesFree());
    pages("cached", EngineStats::kvPagesCached);
    pages("empty", stats -> stats.kvPagesFree() - stats.kvPagesCached());
    gauge(
        "fovea.kv.capacity",
        "pages",
        "Pages of the key-value cache in all, of 64 tokens each",
        EngineStats::kvPagesTotal);
    sum("fovea.kv.evictions", "Cached pages given up for their room", EngineStats::kvEvictions);
  }

  private void pages(String state, ToDoubleFunction<EngineStats> count) {
    meters.gauge(
        "fovea.kv.pages",
        "pages",
        "Pages held by requests (used), kept for requests that begin alike (cached), or empty",
        watched,
        engine -> count.applyAsDouble(engine.stats()),
        "state",
        state);
  }

  private void memory() {
    gauge(
        "fovea.engine.open", "images", "Encoded pictures not yet closed", EngineStats::openImages);
    gauge("fovea.device.allocated", "bytes", "Allocated on the device", EngineStats::deviceBytes);
  }

  private void imageCache() {
    lookups("hit", cache -> cache.images().hits());
    lookups("miss", cache -> cache.images().misses());
    meters.sum(
        "fovea.image.cache.evictions",
        null,
        "Pictures that the picture cache gave up for their room",
        watched,
        cache -> cache.images().evictions());
    meters.gauge(
        "fovea.image.cache.size",
        "bytes",
        "Device memory that the picture cache holds",
        watched,
        cache -> cache.images().bytes());
    meters.gauge(
        "fovea.image.cache",
        "images",
        "Pictures that the picture cache holds",
        watched,
        cache -> cache.images().images());
  }

  private void lookups(String result, ToDoubleFunction<Watched> count) {
    meters.sum(
        "fovea.image.cache.lookups",
        null,
        "Pictures asked of the picture cache that it had (hit), or not (miss)",
        watched,
        count,
        "result",
        result);
  }

  private void gauge(
      String name, String unit, String meaning, ToDoubleFunction<EngineStats> value) {
    meters.gauge(name, unit, meaning, watched, engine -> value.applyAsDouble(engine.stats()));
  }

  private void sum(String name, String meaning, ToDoubleFunction<EngineStats> sum) {
    meters.sum(name, null, meaning, watched, engine -> sum.applyAsDouble(engine.stats()));
  }
}
