package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A result that nobody got is a failure, whatever the command. */
class LostResultsTest {
  private static final Path MODEL = BundledModel.directory();
  private static final String QUESTION = "How many circles are there?";

  /** Fails from its n-th byte on, as a full disk or a closed pipe does. */
  private static final class Failing extends OutputStream {
    private final String reason;
    private int left;

    Failing(String reason, int bytes) {
      this.reason = reason;
      left = bytes;
    }

    @Override
    public void write(int b) throws IOException {
      if (left-- <= 0) {
        throw new IOException(reason);
      }
    }
  }

  private static Invocation run(OutputStream out, String input, Object... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new ResultStream(out),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false);
    int code =
        Fovea.run(terminal, Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    return new Invocation(code, "", err.toString(StandardCharsets.UTF_8));
  }

  static Stream<List<Object>> commands() {
    return Stream.of(
        List.of("--help"),
        List.of("--version"),
        List.of("locate", "--help"),
        List.of("inspect", MODEL),
        List.of("inspect", MODEL, "--json"),
        List.of("verify", MODEL),
        List.of("ask", "--max-new-tokens", 2, QUESTION),
        List.of("locate", "--image", Invocation.scene(), "--json", "circle"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aFullDiskIsOneLineAndCode1(List<Object> command) {
    Invocation run = run(new Failing("No space left on device", 0), "", command.toArray());
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err())
        .startsWith("fovea: standard output cannot be written (No space left on device); ")
        .hasLineCount(1);
  }

  @Test
  void aReaderThatHasGoneNeedsNoWords() {
    Invocation run = run(new Failing("Broken pipe", 20), "", "--help");
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).isEmpty();
  }

  /** The last question is never reached: its command would be reported. */
  @Test
  void aConversationEndsWhenNobodyReadsIt() {
    String input = QUESTION + "\n/unknown\n";
    Object[] chat = {"chat", "--image", Invocation.scene(), "--max-new-tokens", 2};
    Invocation run = run(new Failing("Broken pipe", 0), input, chat);
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).isEmpty();
    assertThat(run(OutputStream.nullOutputStream(), input, chat).err()).contains("/unknown");
  }

  @Test
  void wrongUsageStaysCode2() {
    assertThat(run(new Failing("No space left on device", 0), "", "sing").code())
        .isEqualTo(ExitCode.USAGE);
  }
}
