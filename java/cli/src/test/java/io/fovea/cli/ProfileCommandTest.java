package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  /** Peaks are given: to measure them takes longer than everything else. */
  private static Invocation profile(Object... more) {
    Object[] command = {
      "profile",
      "--device",
      "cpu",
      "--tokens",
      2,
      "--rounds",
      1,
      "--peak-gflops",
      100,
      "--peak-gbs",
      20
    };
    return Invocation.of(Stream.of(command, more).flatMap(Arrays::stream).toArray());
  }

  @Test
  void theTableHasEveryPhase() {
    Invocation run = profile();
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out())
        .contains("cogvlm-shapes in f32", "66 of them the picture's; 2 decoded; medians of 1 round")
        .contains("peaks: 100.0 GFLOP/s (given), 20.0 GB/s (given)")
        .contains("encode: 1 step, ", "prefill: 1 step, ", "decode: 2 steps, ")
        .contains("routed_linear_swiglu", "paged_attention", "all ops", "outside ops");
    assertThat(run.out().lines().filter(line -> line.contains("GFLOP/s   roof%"))).hasSize(3);
    assertThat(run.out().lines().filter(line -> line.endsWith("memory"))).hasSizeGreaterThan(3);
  }

  @Test
  void theJsonAddsUp() {
    JsonNode json = profile("--image", Invocation.scene(), "--prompt", "Red?", "--json").json();
    assertThat(json.at("/command").asText()).isEqualTo("profile");
    assertThat(json.at("/peaks/gflops_per_second/value").asDouble()).isEqualTo(100);
    assertThat(json.at("/peaks/gigabytes_per_second/origin").asText()).isEqualTo("given");
    assertThat(json.at("/chrome_trace").isMissingNode()).isTrue();
    assertThat(json.at("/phases")).hasSize(3);
    for (JsonNode phase : json.at("/phases")) {
      double all = phase.at("/total/milliseconds/median").asDouble();
      double sum = 0;
      double share = 0;
      long flops = 0;
      for (JsonNode op : phase.at("/ops")) {
        double milliseconds = op.at("/milliseconds/median").asDouble();
        double least = Math.max(op.at("/bytes").asLong() / 20e6, op.at("/flops").asLong() / 100e6);
        sum += milliseconds;
        share += op.at("/share").asDouble();
        flops += op.at("/flops").asLong();
        assertThat(op.at("/gigabytes_per_second").asDouble() * milliseconds)
            .isCloseTo(op.at("/bytes").asLong() / 1e6, within(1e-2 * milliseconds + 1e-3));
        if (op.at("/bound").asText().equals("host")) {
          assertThat(op.has("roofline_share")).isFalse();
        } else {
          assertThat(op.at("/roofline_share").asDouble() * milliseconds)
              .isCloseTo(least, within(1e-3 * least + 1e-5));
        }
      }
      assertThat(sum).isCloseTo(all, within(1e-3));
      assertThat(share).isCloseTo(1, within(1e-3));
      assertThat(phase.at("/total/flops").asLong()).isEqualTo(flops);
      assertThat(phase.at("/wall/median").asDouble())
          .isCloseTo(all + phase.at("/outside_ops/median").asDouble(), within(1e-3));
      assertThat(phase.at("/unprofiled/median").asDouble()).isPositive();
    }
  }

  @Test
  void theTraceOpensInTraceViewers() throws IOException {
    Path file = folder.resolve("trace.json");
    Invocation run = profile("--chrome-trace", file, "--json");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.json().at("/chrome_trace").asText()).isEqualTo(file.toString());
    Map<String, Integer> tracks = new LinkedHashMap<>();
    Map<String, Integer> calls = new LinkedHashMap<>();
    double end = 0;
    for (JsonNode event : new JsonMapper().readTree(file.toFile())) {
      assertThat(event.get("pid").isInt() && event.get("tid").isInt()).isTrue();
      if (event.get("ph").asText().equals("M")) {
        assertThat(event.get("name").asText()).isEqualTo("thread_name");
        tracks.put(event.at("/args/name").asText(), event.get("tid").asInt());
        continue;
      }
      assertThat(event.get("ph").asText()).isEqualTo("X");
      String phase = event.get("cat").asText();
      assertThat(event.get("tid").asInt()).isEqualTo(tracks.get(phase));
      assertThat(event.get("ts").asDouble()).isGreaterThanOrEqualTo(end - 1);
      assertThat(event.get("dur").asDouble()).isGreaterThanOrEqualTo(0);
      end = event.get("ts").asDouble() + event.get("dur").asDouble();
      assertThat(event.at("/args/operands").asText()).matches("(\\w+\\[[0-9, ]+] ?)+");
      assertThat(event.at("/args/stage").asText()).isNotEmpty();
      calls.merge(phase + " " + event.get("name").asText(), 1, Integer::sum);
    }
    assertThat(tracks.keySet()).containsExactly("encode", "prefill", "decode");
    Map<String, Integer> expected = new LinkedHashMap<>();
    for (JsonNode phase : run.json().at("/phases")) {
      for (JsonNode op : phase.at("/ops")) {
        expected.put(
            phase.get("name").asText() + " " + op.get("name").asText(), op.get("calls").asInt());
      }
    }
    assertThat(calls).isEqualTo(expected);
    assertThat(fileNames()).containsExactly("trace.json");
  }

  private List<String> fileNames() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(files.map(file -> file.getFileName().toString()).toList());
    }
  }

  @Test
  void aTraceIsReplacedOnlyWhenThatIsAskedFor() throws IOException {
    Path file = Files.writeString(folder.resolve("trace.json"), "mine");
    assertFailure(profile("--chrome-trace", file), "trace.json exists already", "--force");
    assertThat(file).hasContent("mine");
    assertThat(profile("--chrome-trace", file, "--force").code()).isEqualTo(ExitCode.OK);
    assertThat(Files.readString(file)).startsWith("[{");
  }

  @Test
  void aTraceThatCannotBeWrittenIsRefusedAtOnce() {
    Path nowhere = folder.resolve("none/trace.json");
    // the model is missing, too: the trace comes first
    assertFailure(
        profile("--model", folder.resolve("no-model"), "--chrome-trace", nowhere),
        nowhere.toString(),
        "there is no folder");
    assertFailure(profile("--chrome-trace", folder, "--force"), "is a folder");
  }

  @Test
  void optionsOutOfRange() {
    assertFailure(Invocation.of("profile", "--tokens", 0), "tokens is 0");
    assertFailure(Invocation.of("profile", "--rounds", -1), "rounds is -1");
    assertFailure(Invocation.of("profile", "--peak-gflops", "NaN"), "peakGflops is NaN");
    assertFailure(Invocation.of("profile", "--peak-gbs", 0), "peakGigabytes is 0");
    assertFailure(profile("--image", folder.resolve("none.png")), "none.png");
    assertFailure(
        Invocation.of("profile", "--device", "cpu", "--tokens", 100_000), "tokens", "context");
  }

  private static void assertFailure(Invocation run, String... parts) {
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).as(run.err()).hasSize(1);
    assertThat(run.err()).startsWith("fovea: ").contains(parts).doesNotContain("Exception");
  }
}
