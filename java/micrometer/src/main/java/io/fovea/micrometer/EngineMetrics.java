package io.fovea.micrometer;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.engine.EncodeEvent;
import io.fovea.engine.EngineListener;
import io.fovea.engine.ImageCache;
import io.fovea.engine.PrefillEvent;
import io.fovea.engine.RequestEvent;
import io.fovea.engine.StepEvent;
import io.fovea.engine.VisionEngine;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Metrics of one engine; {@code docs/METRICS.md} lists them. It is given to the builder before
 * there is an engine, and told of the engine afterwards:
 *
 * <pre>{@code
 * EngineMetrics metrics = new EngineMetrics("cogvlm");
 * FoveaEngine engine = FoveaEngine.builder().model(folder).listener(metrics).build();
 * metrics.watch(engine);
 * metrics.bindTo(registry);
 * }</pre>
 *
 * <p>The order of these calls does not matter, but for the listener: what happens before a registry
 * is bound is missing in its timers. Several engines are told apart by the tag {@code model}. Safe
 * for any number of threads.
 */
public final class EngineMetrics implements EngineListener, MeterBinder, AutoCloseable {
  static final String HEALTH = "fovea.engine.health";

  private final Tags tags;
  private final Watched watched = new Watched();
  private final List<MeterSet> sets = new ArrayList<>();
  private volatile EventMeters[] bound = {}; // an array: going through it makes no iterator

  /**
   * @param model value of the tag {@code model}: what this engine is called
   */
  public EngineMetrics(String model) {
    this(model, Tags.empty());
  }

  /**
   * @param model value of the tag {@code model}: what this engine is called
   * @param tags more tags of each meter; all engines of a registry must have the same keys
   * @throws InvalidRequestException where the name is blank
   */
  public EngineMetrics(String model, Iterable<? extends Tag> tags) {
    if (requireNonNull(model, "model").isBlank()) {
      throw new InvalidRequestException(
          "the model's name is empty", "give a name that tells this engine from others");
    }
    this.tags = Tags.of(requireNonNull(tags, "tags")).and("model", model);
  }

  /** The engine whose figures gauges show from now on. */
  public void watch(VisionEngine engine) {
    watched.engine(requireNonNull(engine, "engine"));
  }

  /** The picture cache whose figures are shown, if one is used. */
  public void watch(ImageCache cache) {
    watched.cache(requireNonNull(cache, "cache"));
  }

  /**
   * Makes all meters; a registry that has them already is left as it is.
   *
   * @throws IllegalStateException where the registry has meters of another engine of this name
   */
  @Override
  public synchronized void bindTo(MeterRegistry registry) {
    if (sets.stream().anyMatch(set -> set.registry() == registry)) {
      return;
    }
    if (registry.find(HEALTH).tags(tags).meter() != null) {
      throw new IllegalStateException(
          "the registry has meters of another engine with the tags "
              + tags
              + "; give each engine a name of its own, or close the other's metrics first");
    }
    MeterSet meters = new MeterSet(registry, tags);
    sets.add(meters);
    StatsMeters.make(meters, watched);
    EventMeters[] more = Arrays.copyOf(bound, bound.length + 1);
    more[bound.length] = new EventMeters(meters);
    bound = more;
  }

  @Override
  public void step(StepEvent event) {
    for (EventMeters meters : bound) {
      meters.step(event);
    }
  }

  @Override
  public void encode(EncodeEvent event) {
    for (EventMeters meters : bound) {
      meters.encode(event);
    }
  }

  @Override
  public void prefill(PrefillEvent event) {
    for (EventMeters meters : bound) {
      meters.prefill(event);
    }
  }

  @Override
  public void request(RequestEvent event) {
    for (EventMeters meters : bound) {
      meters.request(event);
    }
  }

  /** Takes all meters out of their registries, which show the engine no more. */
  @Override
  public synchronized void close() {
    bound = new EventMeters[0];
    sets.forEach(MeterSet::remove);
    sets.clear();
  }
}
