package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionsTest {
  private static final List<String> KNOWN = List.of("upload", "mix");

  @TempDir private Path model;

  @BeforeEach
  void makeModel() throws IOException {
    Files.writeString(model.resolve("config.json"), "{}");
  }

  private Options parse(String... arguments) throws Options.UsageException {
    List<String> all = new ArrayList<>(List.of("--model", model.toString()));
    all.addAll(List.of(arguments));
    return Options.parse(all, KNOWN);
  }

  @Test
  void allIsTheDefault() throws Options.UsageException {
    Options options = parse();
    assertThat(options.scenarios()).isEqualTo(KNOWN);
    assertThat(options.requestsOr(77)).isEqualTo(77);
    assertThat(options.json()).isNull();
  }

  @Test
  void takesValues() throws Options.UsageException {
    Options options =
        parse(
            "--scenario",
            "mix",
            "--seconds",
            "0.5",
            "--requests",
            "50000",
            "--rate",
            "12.5",
            "--seed",
            "9",
            "--json",
            "out.json");
    assertThat(options.scenarios()).containsExactly("mix");
    assertThat(options.seconds()).isEqualTo(0.5);
    assertThat(options.requestsOr(77)).isEqualTo(50_000);
    assertThat(options.rate()).isEqualTo(12.5);
    assertThat(options.seed()).isEqualTo(9);
    assertThat(options.json()).isEqualTo(Path.of("out.json"));
  }

  @Test
  void saysWhatIsWrong() {
    assertWrong("'--secnods'", "--secnods", "1");
    assertWrong("--seed needs a value", "--seed");
    assertWrong("twice", "--seed", "1", "--seed", "2");
    assertWrong("upload, mix", "--scenario", "soup");
    assertWrong("--requests 1.5: give a whole number from 1", "--requests", "1.5");
    assertWrong("--requests 0", "--requests", "0");
    assertWrong("--seconds NaN", "--seconds", "NaN");
    assertWrong("--rate fast", "--rate", "fast");
    assertThatThrownBy(() -> Options.parse(List.of("--model", "nowhere"), KNOWN))
        .isInstanceOf(Options.UsageException.class)
        .hasMessageContaining("nowhere holds no config.json");
  }

  private void assertWrong(String message, String... arguments) {
    assertThatThrownBy(() -> parse(arguments))
        .isInstanceOf(Options.UsageException.class)
        .hasMessageContaining(message);
  }
}
