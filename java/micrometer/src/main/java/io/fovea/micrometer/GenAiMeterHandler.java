package io.fovea.micrometer;

import static java.util.Objects.requireNonNull;

import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.MeterObservationHandler;
import io.micrometer.observation.Observation;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes the metrics of OpenTelemetry's semantic conventions for generative AI, version 1.41.0, from
 * the requests to an {@link ObservedEngine}; {@code docs/METRICS.md} lists them.
 *
 * <pre>{@code
 * observationRegistry.observationConfig().observationHandler(new GenAiMeterHandler(meterRegistry));
 * }</pre>
 */
public final class GenAiMeterHandler implements MeterObservationHandler<InferenceContext> {
  private final MeterRegistry registry;

  /**
   * @param registry where the meters are made
   */
  public GenAiMeterHandler(MeterRegistry registry) {
    this.registry = requireNonNull(registry, "registry");
  }

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof InferenceContext;
  }

  @Override
  public void onStart(InferenceContext context) {
    context.put(Timer.Sample.class, Timer.start(registry));
  }

  @Override
  public void onStop(InferenceContext context) {
    Tags tags =
        Tags.of(
            GenAi.OPERATION,
            GenAi.operation(context.kind()),
            GenAi.PROVIDER,
            GenAi.FOVEA,
            GenAi.REQUEST_MODEL,
            context.model());
    Throwable error = context.getError();
    // Registries want the same keys on all series of a meter, so success has the key, too.
    String type = error == null ? KeyValue.NONE_VALUE : GenAi.errorType(error);
    Timer.Sample sample = context.getRequired(Timer.Sample.class);
    sample.stop(duration(tags.and(GenAi.ERROR, type)));
    for (Generation answer : context.generations()) {
      tokens(tags, "input").record(answer.usage().promptTokens());
      tokens(tags, "output").record(Outputs.tokens(answer.usage()));
      if (error == null) {
        recordPace(answer, tags);
      }
    }
  }

  private void recordPace(Generation answer, Tags tags) {
    Duration first = answer.timings().timeToFirstToken();
    if (!first.isZero()) {
      firstToken(tags).record(first);
    }
    int further = Outputs.furtherTokens(answer.usage());
    if (further > 0) {
      outputToken(tags).record(answer.timings().decode().toNanos() / further, TimeUnit.NANOSECONDS);
    }
  }

  private Timer duration(Tags tags) {
    return timer(
        "gen_ai.client.operation.duration", "GenAI operation duration", Buckets.REQUEST, tags);
  }

  private Timer firstToken(Tags tags) {
    return timer(
        "gen_ai.server.time_to_first_token",
        "Time to generate first token for successful responses",
        Buckets.FIRST_TOKEN,
        tags);
  }

  private Timer outputToken(Tags tags) {
    return timer(
        "gen_ai.server.time_per_output_token",
        "Time per output token generated after the first token for successful responses",
        Buckets.OUTPUT_TOKEN,
        tags);
  }

  private Timer timer(String name, String meaning, Duration[] bounds, Tags tags) {
    return Timer.builder(name)
        .description(meaning)
        .tags(tags)
        .serviceLevelObjectives(bounds)
        .register(registry);
  }

  /** Its unit is the token; a base unit would become a part of the name in Prometheus. */
  private DistributionSummary tokens(Tags tags, String type) {
    return DistributionSummary.builder("gen_ai.client.token.usage")
        .description("Number of input and output tokens used")
        .tags(tags.and(GenAi.TOKEN_TYPE, type))
        .serviceLevelObjectives(Buckets.TOKENS)
        .register(registry);
  }
}
