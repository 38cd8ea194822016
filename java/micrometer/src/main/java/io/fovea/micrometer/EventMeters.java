package io.fovea.micrometer;

import io.fovea.engine.EncodeEvent;
import io.fovea.engine.PrefillEvent;
import io.fovea.engine.RequestEvent;
import io.fovea.engine.RequestKind;
import io.fovea.engine.RequestOutcome;
import io.fovea.engine.StepEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an engine tells one by one. The engine computes nothing while it tells, so all meters are
 * made ahead, and recording allocates nothing.
 */
final class EventMeters {
  /** Kinds of requests that are answered with tokens. */
  private static final Set<RequestKind> ANSWERED =
      EnumSet.of(RequestKind.LOCATE, RequestKind.CAPTION, RequestKind.CHAT);

  private final Map<RequestKind, Map<RequestOutcome, Timer>> durations;
  private final Map<RequestKind, Timer> queued;
  private final Map<RequestKind, Timer> firstToken;
  private final Map<RequestKind, Timer> outputToken;
  private final Timer encoded;
  private final Timer reused;
  private final Counter prefixHits;
  private final Counter prefixMisses;
  private final Timer steps;
  private final DistributionSummary rows;

  EventMeters(MeterSet meters) {
    Set<RequestKind> all = EnumSet.allOf(RequestKind.class);
    durations = byKind(all, kind -> durations(meters, kind));
    queued = byKind(all, kind -> of(meters, Meaning.QUEUED, Buckets.FIRST_TOKEN, kind));
    firstToken = byKind(ANSWERED, kind -> of(meters, Meaning.FIRST, Buckets.FIRST_TOKEN, kind));
    outputToken = byKind(ANSWERED, kind -> of(meters, Meaning.OUTPUT, Buckets.STEP, kind));
    encoded = encoding(meters, "false");
    reused = encoding(meters, "true");
    prefixHits = prefixes(meters, "hit");
    prefixMisses = prefixes(meters, "miss");
    steps = meters.timer("fovea.step.duration", "What a forward step took", Buckets.STEP);
    rows =
        meters.summary(
            "fovea.step.rows", "rows", "Rows of a forward step: a token each", Buckets.ROWS);
  }

  /** Names and meanings of timers of each kind of request. */
  private enum Meaning {
    QUEUED("fovea.request.queued", "From the call until work on it began, or its end before that"),
    FIRST("fovea.request.time.to.first.token", "From the call to the first token"),
    OUTPUT(
        "fovea.request.time.per.output.token",
        "From the first token to the end, for each further token; completed answers only");

    final String name;
    final String meaning;

    Meaning(String name, String meaning) {
      this.name = name;
      this.meaning = meaning;
    }
  }

  private static <M> Map<RequestKind, M> byKind(
      Set<RequestKind> kinds, Function<RequestKind, M> make) {
    Map<RequestKind, M> made = new EnumMap<>(RequestKind.class);
    kinds.forEach(kind -> made.put(kind, make.apply(kind)));
    return made;
  }

  private static Timer of(MeterSet meters, Meaning what, Duration[] bounds, RequestKind kind) {
    return meters.timer(what.name, what.meaning, bounds, "kind", TagValues.of(kind));
  }

  private static Map<RequestOutcome, Timer> durations(MeterSet meters, RequestKind kind) {
    Map<RequestOutcome, Timer> made = new EnumMap<>(RequestOutcome.class);
    for (RequestOutcome outcome : RequestOutcome.values()) {
      made.put(
          outcome,
          meters.timer(
              "fovea.request.duration",
              "From the call to the end of a request",
              Buckets.REQUEST,
              "kind",
              TagValues.of(kind),
              "outcome",
              TagValues.of(outcome)));
    }
    return made;
  }

  private static Timer encoding(MeterSet meters, String reused) {
    return meters.timer(
        "fovea.encode.duration",
        "From the call to the encoded picture; reused where the same one was open already",
        Buckets.REQUEST,
        "reused",
        reused);
  }

  private static Counter prefixes(MeterSet meters, String result) {
    return meters.counter(
        "fovea.prefix.lookups",
        "Prompts that began with tokens in the cache (hit), or not (miss)",
        "result",
        result);
  }

  void step(StepEvent event) {
    record(steps, event.duration());
    rows.record(event.rows());
  }

  void encode(EncodeEvent event) {
    record(event.reused() ? reused : encoded, event.duration());
  }

  void prefill(PrefillEvent event) {
    (event.cachedTokens() > 0 ? prefixHits : prefixMisses).increment();
  }

  void request(RequestEvent event) {
    Map<RequestOutcome, Timer> ofKind = durations.get(event.kind());
    record(ofKind == null ? null : ofKind.get(event.outcome()), event.duration());
    record(queued.get(event.kind()), event.timings().queued());
    Duration first = event.timings().timeToFirstToken();
    if (!first.isZero()) {
      record(firstToken.get(event.kind()), first);
    }
    int further = Outputs.furtherTokens(event.usage());
    if (event.outcome() == RequestOutcome.COMPLETED && further > 0) {
      record(outputToken.get(event.kind()), event.timings().decode().toNanos() / further);
    }
  }

  private static void record(@Nullable Timer timer, Duration time) {
    record(timer, time.toNanos());
  }

  /** Records nothing where requests of this kind have no such time. */
  private static void record(@Nullable Timer timer, long nanos) {
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
