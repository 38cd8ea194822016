package io.fovea.micrometer;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Prometheus finds after some requests to the bundled model. */
final class Scrape {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)\\})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

  /** A line of the scrape. */
  record Sample(String name, Map<String, String> labels, double value) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<Sample> samples = new ArrayList<>();

  private Scrape() {
    ObservationRegistry observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(new GenAiMeterHandler(registry));
    EngineMetrics metrics = new EngineMetrics("shapes");
    metrics.bindTo(registry);
    try (FoveaEngine engine = Bundled.engine().listener(metrics).build();
        ImageCache cache = new ImageCache(engine, 1L << 30)) {
      metrics.watch(engine);
      metrics.watch(cache);
      ask(new ObservedEngine(engine, "shapes", observations), cache);
      Bundled.await(() -> engine.stats().completed() == 4 && engine.stats().running() == 0);
      registry.scrape().lines().filter(line -> !line.startsWith("#")).forEach(this::add);
    }
  }

  private static void ask(VisionEngine engine, ImageCache cache) {
    try (EncodedImage image = cache.encode(Bundled.picture())) {
      engine.locate(image, "the green square");
      engine.caption(image);
      engine.ask(image, "What is there?");
    }
  }

  private void add(String line) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      throw new IllegalArgumentException("no sample: " + line);
    }
    Map<String, String> labels = new LinkedHashMap<>();
    if (sample.group(2) != null) {
      LABEL.matcher(sample.group(2)).results().forEach(l -> labels.put(l.group(1), l.group(2)));
    }
    samples.add(new Sample(sample.group(1), labels, Double.parseDouble(sample.group(3))));
  }

  static Scrape afterRequests() {
    return new Scrape();
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  /** All series of a metric; none where there is no such metric. */
  List<Sample> named(String name) {
    return samples.stream().filter(sample -> sample.name().equals(name)).toList();
  }
}
