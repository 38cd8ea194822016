package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;

class HelpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "locate",
        "caption",
        "ask",
        "chat",
        "boxes",
        "eval",
        "trace",
        "profile",
        "convert",
        "quantize",
        "synthesize",
        "inspect",
        "verify",
        "doctor",
        "dist",
        "mcp"
      })
  void everyCommandExplainsItselfWithExamples(String command) {
    Invocation help = Invocation.of(command, "--help");
    assertThat(help.code()).isEqualTo(ExitCode.OK);
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains("Usage: fovea " + command, "Examples:", "  fovea " + command);
    assertThat(help.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
  }

  /** picocli breaks longer lines in the middle of a sentence or a command. */
  @Test
  void footersFitTheScreen() {
    for (Class<?> command : FoveaCommand.class.getAnnotation(Command.class).subcommands()) {
      assertThat(command.getAnnotation(Command.class).footer())
          .as(command.getSimpleName())
          .isNotEmpty()
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }
  }

  @Test
  void theOverviewNamesEveryCommandAndExitCode() {
    Invocation help = Invocation.of("--help");
    assertThat(help.code()).isEqualTo(ExitCode.OK);
    assertThat(help.out())
        .contains(
            "demo",
            "locate",
            "caption",
            "ask",
            "chat",
            "boxes",
            "eval",
            "trace",
            "profile",
            "convert",
            "quantize",
            "synthesize",
            "inspect",
            "verify",
            "doctor",
            "dist",
            "mcp")
        .contains("0 done, 1 failed, 2 wrong usage, 3 done but a phrase got no box");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "locate the star|--image",
        "locate --image a.png|PHRASE",
        "ask --image a.png|QUESTION",
        "ask --template poem hello|--template",
        "trace --prompt hello|--out",
        "locate --image a.png --device tpu star|tpu",
        "locate --image a.png --dtype f8 star|--dtype",
        "demo --threads many|--threads",
        "sing|sing",
        "''|command",
      })
  void aWrongCommandLineIsOneLineAndExitCode2(String line, String culprit) {
    Invocation run = Invocation.of((Object[]) line.split(" "));
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("fovea: ").contains(culprit).contains("--help");
  }
}
