package io.fovea.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Meters of one engine in one registry, made together and removed together. */
final class MeterSet {
  private final MeterRegistry registry;
  private final Tags tags;
  private final List<Meter> made = new ArrayList<>();

  /**
   * @param tags of each meter
   */
  MeterSet(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
  }

  MeterRegistry registry() {
    return registry;
  }

  private <M extends Meter> M keep(M meter) {
    made.add(meter);
    return meter;
  }

  /**
   * @param more tags of this meter: keys and values in turn
   */
  Timer timer(String name, String meaning, Duration[] bounds, String... more) {
    return keep(
        Timer.builder(name)
            .description(meaning)
            .tags(tags.and(more))
            .serviceLevelObjectives(bounds)
            .register(registry));
  }

  DistributionSummary summary(String name, String unit, String meaning, double[] bounds) {
    return keep(
        DistributionSummary.builder(name)
            .baseUnit(unit)
            .description(meaning)
            .tags(tags)
            .serviceLevelObjectives(bounds)
            .register(registry));
  }

  Counter counter(String name, String meaning, String... more) {
    return keep(Counter.builder(name).description(meaning).tags(tags.and(more)).register(registry));
  }

  /**
   * A sum that somebody else keeps.
   *
   * @param owner must be kept reachable by somebody, such as a gauge of this set
   */
  <T> void sum(
      String name,
      @Nullable String unit,
      String meaning,
      T owner,
      ToDoubleFunction<T> sum,
      String... more) {
    keep(
        FunctionCounter.builder(name, owner, sum)
            .baseUnit(unit)
            .description(meaning)
            .tags(tags.and(more))
            .register(registry));
  }

  /**
   * What somebody else knows.
   *
   * @param owner is kept reachable
   */
  <T> void gauge(
      String name,
      @Nullable String unit,
      String meaning,
      T owner,
      ToDoubleFunction<T> value,
      String... more) {
    keep(
        Gauge.builder(name, owner, value)
            .baseUnit(unit)
            .description(meaning)
            .tags(tags.and(more))
            .strongReference(true)
            .register(registry));
  }

  /** Takes all of them out of the registry. */
  void remove() {
    made.forEach(registry::remove);
  }
}
