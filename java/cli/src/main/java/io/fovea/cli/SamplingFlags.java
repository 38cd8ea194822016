package io.fovea.cli;

import io.fovea.engine.GenerationOptions;
import io.fovea.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How answers are generated. */
final class SamplingFlags {
  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "Longest answer in tokens. Default: 512, or what the context leaves.")
  private @Nullable Integer maxNewTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0 takes the likeliest token; higher is more varied. Default: 0.")
  private float temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Sample from the K likeliest tokens; 0 is all. Default: 0.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Sample from the likeliest tokens that reach probability P. Default: 1.")
  private float topP = 1;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description = "Above 1 makes repeated tokens less likely. Default: 1.")
  private float repetitionPenalty = 1;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Same seed, same answer. Default: another each time; --json tells it.")
  private @Nullable Long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End the answer before this text. May be given several times.")
  private List<String> stop = List.of();

  @Option(
      names = "--deadline",
      paramLabel = "SECONDS",
      description = "Give up after this time. Default: never.")
  private @Nullable Double deadlineSeconds;

  GenerationOptions options() {
    GenerationOptions.Builder options = GenerationOptions.builder().sampling(sampling()).stop(stop);
    if (maxNewTokens != null) {
      options.maxNewTokens(maxNewTokens);
    }
    if (deadlineSeconds != null) {
      options.deadline(Duration.ofNanos((long) (deadlineSeconds * 1e9)));
    }
    return options.build();
  }

  private SamplingOptions sampling() {
    return SamplingOptions.builder()
        .temperature(temperature)
        .topK(topK)
        .topP(topP)
        .repetitionPenalty(repetitionPenalty)
        .seed(seed)
        .build();
  }
}
