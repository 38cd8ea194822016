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
        .containsExactly("java", "system", "native library", "cuda", "bundled model");
    assertThat(json.at("/checks"))
        .allSatisfy(check -> assertThat(check.at("/details")).isNotEmpty());
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
