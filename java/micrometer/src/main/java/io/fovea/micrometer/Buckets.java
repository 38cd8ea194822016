package io.fovea.micrometer;

import java.time.Duration;
import java.util.stream.DoubleStream;

/**
 * Bounds of histograms. Those of OpenTelemetry's conventions for generative AI where it has some,
 * so that both kinds of metrics can be compared.
 */
final class Buckets {
  /** Of a whole request: {@code gen_ai.client.operation.duration}. */
  static final Duration[] REQUEST =
      seconds(
          0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92);

  /** Of the time to the first token: {@code gen_ai.server.time_to_first_token}. */
  static final Duration[] FIRST_TOKEN =
      seconds(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);

  /** Of the time per further token: {@code gen_ai.server.time_per_output_token}. */
  static final Duration[] OUTPUT_TOKEN =
      seconds(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5);

  /** Of a step, and of a token where models are small. */
  static final Duration[] STEP =
      seconds(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5);

  /** Of the rows of a step, whose prompts are cut at 256 rows. */
  static final double[] ROWS = {1, 2, 4, 8, 16, 32, 64, 128, 256};

  /** Of tokens: {@code gen_ai.client.token.usage}; each bound is four times the one before. */
  static final double[] TOKENS = DoubleStream.iterate(1, bound -> 4 * bound).limit(14).toArray();

  private Buckets() {}

  private static Duration[] seconds(double... bounds) {
    return DoubleStream.of(bounds)
        .mapToObj(bound -> Duration.ofNanos(Math.round(bound * 1e9)))
        .toArray(Duration[]::new);
  }
}
