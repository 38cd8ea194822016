package io.fovea.cli;

import io.fovea.engine.FoveaEngine;
import io.fovea.engine.Peaks;
import io.fovea.engine.Profile;
import io.fovea.engine.ProfileOptions;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fovea profile}: where the time of a request goes, op by op. */
@Command(
    name = "profile",
    description = "Times every op of a request: encode, prefill and decode.",
    footer = {
      "",
      "For each op: calls, median milliseconds of a round and half their range (+-%%),",
      "its part of the time in ops, bytes and operations a second, and the share of the",
      "roofline: the least time that the peaks allow, over the time taken.",
      "docs/CLI.md says what is counted.",
      "",
      "Examples:",
      "  fovea profile",
      "  fovea profile --image photo.png --prompt \"What is it?\" --tokens 32",
      "  fovea profile --device cuda --chrome-trace trace.json",
      "  fovea profile --model DIR --peak-gflops 989000 --peak-gbs 3350 --json"
    })
final class ProfileCommand extends EngineCommand {
  @Option(
      names = {"-i", "--image"},
      paramLabel = "FILE",
      description =
          "The picture: PNG, JPEG, GIF, BMP, WebP or TIFF. Default: the bundled demonstration's.")
  private @Nullable Path image;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      defaultValue = "How many objects are there?",
      description = "The question. Default: ${DEFAULT-VALUE}")
  @SuppressWarnings("NullAway.Init") // has a default
  private String prompt;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "16",
      description = "Tokens to decode. Default: ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds to measure, after two that warm up. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--chrome-trace",
      paramLabel = "FILE",
      description = "Also write the last round's calls as JSON for chrome://tracing and Perfetto.")
  private @Nullable Path traceFile;

  @Option(names = "--force", description = "Replace a trace file that is there already.")
  private boolean force;

  @Option(
      names = "--peak-gflops",
      paramLabel = "X",
      description = "Most the device computes, 10^9 operations a second. Default: measured.")
  private @Nullable Double peakGflops;

  @Option(
      names = "--peak-gbs",
      paramLabel = "X",
      description = "Most its memory delivers, 10^9 bytes a second. Default: measured.")
  private @Nullable Double peakGigabytes;

  private ProfileOptions options = ProfileOptions.builder().build();

  private @Nullable ChromeTrace trace;

  /** A peak, and how it is known. */
  record Peak(double value, String origin) {}

  /** Rates the roofline is made of. */
  record Roof(Peak gflopsPerSecond, Peak gigabytesPerSecond) {
    static Roof of(Peaks peaks) {
      return new Roof(
          new Peak(Facts.rounded(peaks.gflops(), 1e3), peaks.gflopsOrigin()),
          new Peak(Facts.rounded(peaks.gigabytes(), 1e3), peaks.gigabytesOrigin()));
    }
  }

  /**
   * A phase of a round.
   *
   * @param wall milliseconds until all its work was done
   * @param unprofiled the same without measuring
   * @param outsideOps of wall: Java, launches, waiting, measuring
   */
  record Phase(
      String name,
      int steps,
      ProfileRow.Milliseconds wall,
      ProfileRow.Milliseconds unprofiled,
      ProfileRow.Milliseconds outsideOps,
      ProfileRow total,
      List<ProfileRow> ops) {
    static Phase of(Profile.Phase phase, Peaks peaks) {
      return new Phase(
          phase.name(),
          phase.steps(),
          ProfileRow.Milliseconds.of(phase.wall()),
          ProfileRow.Milliseconds.of(phase.unprofiled()),
          ProfileRow.Milliseconds.of(phase.outsideOps()),
          ProfileRow.total(phase, peaks),
          phase.ops().stream()
              .map(op -> ProfileRow.of(op, phase.inOps().median(), peaks))
              .toList());
    }
  }

  /** The JSON result. */
  record Result(
      String command,
      String model,
      String device,
      String dtype,
      int threads,
      int promptTokens,
      int imageTokens,
      int decodedTokens,
      int rounds,
      Roof peaks,
      List<Phase> phases,
      @Nullable String chromeTrace) {}

  @Override
  void check() {
    if (image != null) {
      checkPicture(image);
    }
    options =
        ProfileOptions.builder()
            .tokens(tokens)
            .rounds(rounds)
            .peakGflops(peakGflops)
            .peakGigabytes(peakGigabytes)
            .build(); // refuses what is out of range
    if (traceFile != null) {
      trace = new ChromeTrace(traceFile, force);
      trace.check();
    }
  }

  @Override
  @Nullable PromptTemplate template() {
    return null;
  }

  @Override
  int run(FoveaEngine engine) {
    Path picture = image != null ? image : BundledModel.directory().resolve("demo/scene.png");
    Profile profile = engine.diagnostics().profile(ImageInput.of(picture), prompt, options);
    if (trace != null) {
      trace.write(profile);
    }
    Result result = result(engine, profile);
    if (json()) {
      printJson(result);
    } else {
      report(result);
    }
    return ExitCode.OK;
  }

  private Result result(FoveaEngine engine, Profile profile) {
    return new Result(
        "profile",
        modelName(engine),
        engine.device().name(),
        engine.model().dtype().toString(),
        engine.device().threads(),
        profile.promptTokens(),
        profile.imageTokens(),
        profile.tokens(),
        profile.rounds(),
        Roof.of(profile.peaks()),
        profile.phases().stream().map(phase -> Phase.of(phase, profile.peaks())).toList(),
        trace == null ? null : trace.file().toString());
  }

  private void report(Result result) {
    print(
        "%s in %s on %s, %d thread%s",
        result.model(),
        result.dtype(),
        result.device(),
        result.threads(),
        result.threads() == 1 ? "" : "s");
    print(
        "%d prompt tokens, %d of them the picture's; %d decoded; medians of %d round%s",
        result.promptTokens(),
        result.imageTokens(),
        result.decodedTokens(),
        result.rounds(),
        result.rounds() == 1 ? "" : "s");
    Peak gflops = result.peaks().gflopsPerSecond();
    Peak gigabytes = result.peaks().gigabytesPerSecond();
    print(
        "peaks: %.1f GFLOP/s (%s), %.1f GB/s (%s)",
        gflops.value(), gflops.origin(), gigabytes.value(), gigabytes.origin());
    result.phases().forEach(this::report);
    if (result.chromeTrace() != null) {
      print("");
      print("wrote %s", result.chromeTrace());
    }
  }

  private void report(Phase phase) {
    print("");
    print(
        "%s: %d step%s, %.3f ms (%.3f ms without profiling)",
        phase.name(),
        phase.steps(),
        phase.steps() == 1 ? "" : "s",
        phase.wall().median(),
        phase.unprofiled().median());
    print("%s", ProfileRow.HEADER);
    phase.ops().forEach(row -> print("%s", row.line()));
    print("%s", phase.total().line());
    print("  %-24s %6s %10.3f", "outside ops", "", phase.outsideOps().median());
  }
}
