package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
  @Test
  void examinesEverythingAndRunsTheBundledModel() {
    Invocation run = Invocation.of("doctor", "--json");
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    JsonNode json = run.json();
    assertThat(json.at("/ok").asBoolean()).isTrue();
    assertThat(json.at("/checks").findValuesAsText("name"))
        .containsExactly(
            "java",
            "system",
            "native library",
            "cpu",
            "cuda:0",
            "NVIDIA driver",
            "bundled model on cpu");
    assertThat(json.at("/checks"))
        .allSatisfy(check -> assertThat(check.at("/details")).isNotEmpty());
    JsonNode cuda = json.at("/checks/4");
    assertThat(cuda.at("/ok").asBoolean()).isTrue();
    assertThat(cuda.at("/present").asBoolean(true)).isFalse();
    assertThat(cuda.at("/details/0").asText()).contains("linux-x86_64-cuda");
  }

  @Test
  void saysWhatEachDeviceIsInWords() {
    Invocation run = Invocation.of("doctor");
    assertThat(run.out().lines())
        .anyMatch(line -> line.matches("cpu +ok"))
        .anyMatch(line -> line.matches("cuda:0 +absent"))
        .anyMatch(line -> line.matches("  [0-9.]+ GiB of [0-9.]+ GiB free"))
        .anyMatch(line -> line.startsWith("  NVML: "))
        .anyMatch(line -> line.startsWith("  device auto: cpu, because"))
        .contains("Fovea works here.");
  }

  @Test
  void saysWhatIsMissing(@TempDir Path empty) {
    String home = System.getProperty(BundledModel.HOME_PROPERTY, "");
    System.setProperty(BundledModel.HOME_PROPERTY, empty.toString());
    try {
      Invocation run = Invocation.of("doctor");
      assertThat(run.code()).isEqualTo(ExitCode.FAILED);
      assertThat(run.out()).contains("bundled model", "FAILED", empty.toString());
    } finally {
      System.setProperty(BundledModel.HOME_PROPERTY, home);
    }
  }
}
