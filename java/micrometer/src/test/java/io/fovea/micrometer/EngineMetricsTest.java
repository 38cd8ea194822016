package io.fovea.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.DeadlineExceededException;
import io.fovea.InvalidRequestException;
import io.fovea.RequestRejectedException;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.ImageCache;
import io.fovea.engine.TokenStream;
import io.fovea.image.ImageInput;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each figure against what the engine's own results and sums say. */
@Timeout(120)
class EngineMetricsTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final EngineMetrics metrics = new EngineMetrics("shapes");

  private Timer timer(String name, String... tags) {
    return registry.get(name).tag("model", "shapes").tags(tags).timer();
  }

  private double sum(String name, String... tags) {
    FunctionCounter counter =
        registry.get(name).tag("model", "shapes").tags(tags).functionCounter();
    return counter.count();
  }

  private double gauge(String name, String... tags) {
    Gauge gauge = registry.get(name).tag("model", "shapes").tags(tags).gauge();
    return gauge.value();
  }

  private long ended(String kind, String outcome) {
    return timer("fovea.request.duration", "kind", kind, "outcome", outcome).count();
  }

  @Test
  void requestsAreTimedByKindAndOutcome() {
    metrics.bindTo(registry);
    try (FoveaEngine engine = Bundled.engine().listener(metrics).build();
        EncodedImage image = engine.encode(ImageInput.of(Bundled.picture()));
        EncodedImage again = engine.encode(ImageInput.of(Bundled.picture()))) {
      assertThat(again.size()).isEqualTo(image.size());
      Grounding found = engine.locate(image, "the green square");
      Answer answer = engine.ask(image, "What is there?", options(5));
      Bundled.await(() -> ended("locate", "completed") == 1 && ended("chat", "completed") == 1);

      assertThat(ended("encode", "completed")).isEqualTo(2);
      assertThat(ended("caption", "completed")).isZero();
      assertThat(timer("fovea.encode.duration", "reused", "false").count()).isEqualTo(1);
      assertThat(timer("fovea.encode.duration", "reused", "true").count()).isEqualTo(1);
      assertNanos(timer("fovea.request.queued", "kind", "chat"), answer.timings().queued());
      assertNanos(
          timer("fovea.request.time.to.first.token", "kind", "locate"),
          found.timings().timeToFirstToken());
      int tokens = answer.usage().completionTokens() + answer.usage().forcedTokens();
      assertThat(tokens).isGreaterThan(1);
      assertNanos(
          timer("fovea.request.time.per.output.token", "kind", "chat"),
          answer.timings().decode().dividedBy(tokens - 1));
    }
  }

  private static void assertNanos(Timer timer, Duration only) {
    assertThat(timer.count()).isEqualTo(1);
    assertThat(timer.totalTime(TimeUnit.NANOSECONDS)).isCloseTo(only.toNanos(), within(1.0));
  }

  private static GenerationOptions options(int tokens) {
    return GenerationOptions.builder().maxNewTokens(tokens).build();
  }

  @Test
  void stepsRowsAndTokensAreThoseOfTheEngine() {
    metrics.bindTo(registry);
    try (FoveaEngine engine = Bundled.engine().listener(metrics).build();
        EncodedImage image = engine.encode(ImageInput.of(Bundled.picture()))) {
      metrics.watch(engine);
      engine.caption(image, options(20));
      engine.ask(image, "What is there?", options(5));
      Bundled.await(() -> ended("chat", "completed") == 1 && engine.stats().running() == 0);
      Bundled.await(() -> timer("fovea.step.duration").count() == engine.stats().steps());

      EngineStats stats = engine.stats();
      DistributionSummary rows = registry.get("fovea.step.rows").summary();
      assertThat(rows.count()).isEqualTo(stats.steps());
      assertThat(rows.totalAmount()).isEqualTo(stats.promptTokens() + stats.completionTokens());
      assertThat(sum("fovea.tokens", "type", "prompt")).isEqualTo(stats.promptTokens());
      assertThat(sum("fovea.tokens", "type", "completion")).isEqualTo(stats.completionTokens());
      assertThat(sum("fovea.tokens", "type", "cached"))
          .isEqualTo(stats.cachedTokens())
          .isPositive();
      assertThat(sum("fovea.tokens", "type", "repeated")).isZero();
      assertThat(registry.get("fovea.prefix.lookups").tag("result", "hit").counter().count())
          .isEqualTo(2);
      assertThat(gauge("fovea.engine.open")).isEqualTo(1);
      assertThat(gauge("fovea.device.allocated")).isEqualTo(stats.deviceBytes()).isPositive();
      assertThat(gauge("fovea.kv.pages", "state", "cached")).isEqualTo(stats.kvPagesCached());
      assertThat(registry.get("fovea.kv.pages").gauges().stream().mapToDouble(Gauge::value).sum())
          .isEqualTo(gauge("fovea.kv.capacity"))
          .isEqualTo(stats.kvPagesTotal());
    }
  }

  @Test
  void waitingRunningRejectedLateAndCancelledAreSeen() {
    metrics.bindTo(registry);
    Bundled.Gate gate = new Bundled.Gate();
    try (FoveaEngine engine =
            Bundled.engine()
                .listener(metrics)
                .listener(gate)
                .maxRunning(1)
                .queueCapacity(1)
                .build();
        gate) {
      metrics.watch(engine);
      ChatRequest hello = ChatRequest.textOnly("hello").options(options(400)).build();
      TokenStream running = engine.stream(hello);
      gate.awaitStep(1);
      TokenStream waiting = engine.stream(hello);
      assertThatThrownBy(() -> engine.chat(hello)).isInstanceOf(RequestRejectedException.class);
      assertThat(ended("chat", "rejected")).isEqualTo(1);
      gate.pass();
      gate.awaitStep(2);
      assertThat(gauge("fovea.engine.running")).isEqualTo(1);
      assertThat(gauge("fovea.engine.waiting")).isEqualTo(1);
      waiting.close();
      Bundled.await(() -> ended("chat", "cancelled") == 1);
      GenerationOptions hasty = options(5).toBuilder().deadline(Duration.ofNanos(1)).build();
      CompletableFuture<Answer> late = engine.chatAsync(hello.toBuilder().options(hasty).build());
      running.close();
      gate.close();
      assertThat(late.handle((answer, error) -> error).join())
          .isInstanceOf(DeadlineExceededException.class);
      Bundled.await(() -> sum("fovea.requests", "outcome", "late") == 1);
      Bundled.await(() -> sum("fovea.requests", "outcome", "cancelled") == 2);
      assertThat(sum("fovea.requests", "outcome", "rejected")).isEqualTo(1);
      assertThat(ended("chat", "late")).isEqualTo(1);
      assertThat(ended("chat", "cancelled")).isEqualTo(2);
      assertThat(timer("fovea.request.time.per.output.token", "kind", "chat").count()).isZero();
    }
  }

  @Test
  void thePictureCacheIsShownOnceItIsWatched() {
    metrics.bindTo(registry);
    assertThat(sum("fovea.image.cache.lookups", "result", "miss")).isZero();
    try (FoveaEngine engine = Bundled.engine().listener(metrics).build();
        ImageCache cache = new ImageCache(engine, 1L << 30)) {
      metrics.watch(cache);
      cache.encode(Bundled.picture()).close();
      cache.encode(Bundled.picture()).close();
      assertThat(sum("fovea.image.cache.lookups", "result", "miss")).isEqualTo(1);
      assertThat(sum("fovea.image.cache.lookups", "result", "hit")).isEqualTo(1);
      assertThat(gauge("fovea.image.cache")).isEqualTo(1);
      assertThat(gauge("fovea.image.cache.size")).isEqualTo(cache.stats().bytes()).isPositive();
      assertThat(sum("fovea.image.cache.evictions")).isZero();
    }
  }

  @Test
  void healthFollowsTheEngine() {
    metrics.bindTo(registry);
    assertThat(serving()).isZero();
    try (FoveaEngine engine = Bundled.engine().listener(metrics).build()) {
      metrics.watch(engine);
      assertThat(serving()).isEqualTo(1);
      assertThat(gauge("fovea.engine.health", "state", "closed")).isZero();
    }
    assertThat(serving()).isZero();
    assertThat(gauge("fovea.engine.health", "state", "closed")).isEqualTo(1);
  }

  private double serving() {
    return gauge("fovea.engine.health", "state", "serving");
  }

  @Test
  void enginesAreToldApartByTheirNames() {
    EngineMetrics other = new EngineMetrics("other");
    metrics.bindTo(registry);
    other.bindTo(registry);
    int both = registry.getMeters().size();
    try (FoveaEngine engine = Bundled.engine().listener(other).build()) {
      engine.askTextOnly("hello", options(3));
      Timer chats =
          registry
              .get("fovea.request.duration")
              .tags("model", "other", "kind", "chat", "outcome", "completed")
              .timer();
      Bundled.await(() -> chats.count() == 1);
      assertThat(ended("chat", "completed")).isZero();
    }
    other.close();
    assertThat(registry.getMeters()).hasSize(both / 2);
    metrics.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void severalRegistriesAreBoundOnceEach() {
    MeterRegistry second = new SimpleMeterRegistry();
    metrics.bindTo(registry);
    metrics.bindTo(registry);
    metrics.bindTo(second);
    try (FoveaEngine engine = Bundled.engine().listener(metrics).build()) {
      engine.askTextOnly("hello", options(3));
      Timer there =
          second.get("fovea.request.duration").tags("kind", "chat", "outcome", "completed").timer();
      Bundled.await(() -> there.count() == 1);
      assertThat(ended("chat", "completed")).isEqualTo(1);
    }
  }

  @Test
  void twoEnginesOfOneNameAreRefused() {
    metrics.bindTo(registry);
    List<Meter> before = registry.getMeters();
    assertThatThrownBy(() -> new EngineMetrics("shapes").bindTo(registry))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("shapes")
        .hasMessageContaining("a name of its own");
    assertThat(registry.getMeters()).isEqualTo(before);
    metrics.close();
    new EngineMetrics("shapes").bindTo(registry);
    assertThat(registry.getMeters()).hasSameSizeAs(before);
  }

  @Test
  void aNameIsNeeded() {
    assertThatThrownBy(() -> new EngineMetrics(" "))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("the model's name");
  }
}
