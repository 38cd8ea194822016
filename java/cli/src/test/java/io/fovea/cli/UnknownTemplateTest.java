package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model whose config.json names a prompt form that is not known. */
class UnknownTemplateTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = Files.createDirectory(folder.resolve("model"));
    Path bundled = BundledModel.directory();
    for (String name : List.of("model.safetensors", "tokenizer.model", "tokenizer_config.json")) {
      Files.copy(bundled.resolve(name), model.resolve(name));
    }
    String config = Files.readString(bundled.resolve("config.json")).stripTrailing();
    Files.writeString(
        model.resolve("config.json"),
        config.substring(0, config.length() - 1) + ", \"template_version\": \"mine\"}");
  }

  @Test
  void commandsThatNameTheirFormDoNotNeedIt() {
    Path scene = Invocation.scene();
    for (Object[] words :
        List.of(
            new Object[] {"ask", "-m", model, "-i", scene, "--template", "base", "How many?"},
            new Object[] {"ask", "-m", model, "-i", scene, "How many?"},
            new Object[] {"locate", "-m", model, "-i", scene, "--max-boxes", 1, "circle"},
            new Object[] {"caption", "-m", model, "-i", scene})) {
      Invocation run = Invocation.of(words);
      assertThat(run.err()).isEmpty();
      assertThat(run.code()).isEqualTo(ExitCode.OK);
    }
  }

  @Test
  void traceNeedsItUnlessOneIsNamed() {
    Path out = folder.resolve("trace.safetensors");
    Invocation run = Invocation.of("trace", "-m", model, "--prompt", "How many?", "--out", out);
    assertThat(run.code()).isNotEqualTo(ExitCode.OK);
    assertThat(run.err())
        .contains("template_version", "'mine'", "base, chat, vqa, instruction")
        .contains("--template", "promptTemplate(...)");
    Invocation named =
        Invocation.of(
            "trace", "-m", model, "--template", "chat", "--prompt", "How many?", "--out", out);
    assertThat(named.code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void verifyNotesIt() {
    Invocation run = Invocation.of("verify", model);
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out()).contains("template_version: is 'mine'; none of base, chat, vqa");
  }
}
