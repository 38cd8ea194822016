package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text that came in wrong is refused; byte-order marks are no text. */
class EncodingTest {
  private static final String QUESTION = "How many circles are there?";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Test
  void aDamagedArgumentIsNotAnswered() {
    Invocation run = Invocation.of("ask", "--image", Invocation.scene(), "\uFFFD\uFFFD?");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("fovea: argument 4 ('\uFFFD\uFFFD?') ").hasLineCount(1);
    assertThat(Encoding.problem("ё", "图", "🙂")).isNull();
  }

  @Test
  void aDamagedLineOfAConversationIsNotAnswered() throws IOException {
    byte[] latin1 = "caf\u00e9?\n".getBytes(StandardCharsets.ISO_8859_1);
    Invocation run =
        Invocation.withInput(latin1, "chat", "--image", Invocation.scene(), "--max-new-tokens", 4);
    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("is not UTF-8").hasLineCount(1);
  }

  @Test
  void aMarkBeforeAConversationIsNoPartOfTheQuestion() throws IOException {
    Invocation run =
        Invocation.withInput(
            "\uFEFF" + QUESTION + "\n",
            "chat",
            "--image",
            Invocation.scene(),
            "--max-new-tokens",
            4,
            "--json");
    JsonNode answer = new JsonMapper().readTree(run.out());
    assertThat(answer.at("/question").asText()).isEqualTo(QUESTION);
  }

  /** As editors on Windows save them: the model, its settings and the data for eval. */
  @Test
  void filesMayBeginWithAMark() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    try (Stream<Path> files = Files.list(BundledModel.directory())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = model.resolve(file.getFileName().toString());
        if (file.toString().endsWith(".json")) {
          Files.writeString(copy, "\uFEFF" + Files.readString(file));
        } else {
          Files.copy(file, copy);
        }
      }
    }
    Files.copy(Invocation.scene(), folder.resolve("a.png"));
    Files.writeString(
        folder.resolve("rec.json"),
        "\uFEFF[{\"image\": \"a.png\", \"phrase\": \"the red circle\", \"box\": [30, 40, 90, 100]}]");
    Invocation eval = Invocation.of("eval", "--data", folder, "--model", model, "--json");
    assertThat(eval.err()).isEmpty();
    assertThat(eval.json().at("/rec/count").asInt()).isEqualTo(1);

    Path converted = folder.resolve("converted");
    assertThat(Invocation.of("convert", model, "--out", converted).err()).isEmpty();
    assertThat(Invocation.of("verify", converted).out()).endsWith("ok\n").doesNotContain("NOT");
    Path int8 = folder.resolve("int8");
    assertThat(Invocation.of("quantize", model, "--out", int8, "--no-search").err()).isEmpty();
    assertThat(Invocation.of("verify", model).code()).isEqualTo(ExitCode.OK);
    assertThat(Invocation.of("inspect", model).code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void utf16IsNamed() throws IOException {
    Files.write(folder.resolve("rec.json"), "[]".getBytes(StandardCharsets.UTF_16LE));
    assertThat(Invocation.of("eval", "--data", folder, "--model", "nowhere").err())
        .contains("rec.json", "is UTF-16, not UTF-8", "iconv")
        .hasLineCount(1);
    Path weights = BundledModel.directory().resolve("model.safetensors");
    Files.copy(weights, folder.resolve("model.safetensors"));
    Files.write(folder.resolve("config.json"), "\uFEFF{}".getBytes(StandardCharsets.UTF_16BE));
    for (String command : new String[] {"inspect", "verify"}) {
      Invocation run = Invocation.of(command, folder);
      assertThat(run.code()).isEqualTo(ExitCode.FAILED);
      assertThat(run.out() + run.err()).contains("is UTF-16, not UTF-8");
    }
  }
}
