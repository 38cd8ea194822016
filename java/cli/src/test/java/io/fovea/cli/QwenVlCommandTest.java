package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands with a random Qwen-VL-Chat, whose words mean nothing, but their form does. */
class QwenVlCommandTest {
  private static final Path GOLDENS =
      Path.of(System.getProperty("fovea.home"), "java/core/src/test/resources/goldens");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  private Path model() {
    return folder.resolve("model");
  }

  @BeforeEach
  void copyTheModel() throws IOException {
    Files.createDirectory(model());
    Path checkpoint = GOLDENS.resolve("traces/qwen-vl/grid16/checkpoint");
    for (String name : List.of("config.json", "generation_config.json", "model.safetensors")) {
      Files.copy(checkpoint.resolve(name), model().resolve(name));
    }
    Files.copy(GOLDENS.resolve("text/tiktoken/tiny.tiktoken"), model().resolve("qwen.tiktoken"));
  }

  private Invocation about(String command, Object... more) {
    List<Object> all = new ArrayList<>(List.of(command, "--model", model()));
    all.addAll(List.of("--image", Invocation.scene(), "--json"));
    all.addAll(List.of(more));
    return Invocation.of(all.toArray());
  }

  @Test
  void locatesAndAnswers() {
    Invocation located = about("locate", "the red circle");
    assertThat(located.err()).isEmpty();
    assertThat(located.code()).isEqualTo(ExitCode.OK);
    assertThat(located.json().at("/results/0/text").asText())
        .startsWith("<ref>the red circle</ref><box>(")
        .endsWith(")</box>");
    assertThat(located.json().at("/results/0/regions").size()).isPositive();
    int prefix = 56; // of a conversation, up to the picture's end: encoded with it, then shared
    assertThat(about("locate", "it").json().at("/results/0/tokens/cached").asInt())
        .isEqualTo(prefix);
    Invocation asked = about("ask", "--max-new-tokens", 5, "Is it red?");
    assertThat(asked.code()).isEqualTo(ExitCode.OK);
    assertThat(asked.json().at("/tokens/completion").asInt()).isBetween(1, 5);
  }

  /** The files beside the weights come along, so what was written runs; int8 errs little. */
  @Test
  void aQuantisedCopyRuns() {
    Path out = folder.resolve("int8");
    Invocation run = Invocation.of("quantize", model(), "--out", out, "--json");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(out.resolve("qwen.tiktoken"))
        .hasSameBinaryContentAs(model().resolve("qwen.tiktoken"));
    Invocation same =
        Invocation.of(
            "verify",
            out,
            "--against",
            model(),
            "--image",
            Invocation.scene(),
            "--prompt",
            "Where is it?",
            "--limit",
            "0.1",
            "--json");
    JsonNode json = same.json();
    assertThat(json.at("/comparison/within_limit").asBoolean()).as(json.toString()).isTrue();
  }
}
