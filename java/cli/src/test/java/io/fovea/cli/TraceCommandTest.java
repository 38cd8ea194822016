package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.prompt.Turn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Test
  void writesEveryStageOfARequestWithAPicture() throws IOException {
    Path out = folder.resolve("trace.safetensors");
    Invocation run =
        Invocation.of(
            "trace",
            "--image",
            Invocation.scene(),
            "--prompt",
            "Where is it?",
            "--template",
            "chat",
            "--dtype",
            "f32",
            "--max-new-tokens",
            4,
            "--json",
            "--out",
            out);
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    JsonNode header = header(out);
    int rows = run.json().at("/prompt_tokens").asInt();
    assertThat(names(header))
        .contains("pixel_values", "vision.embeddings", "vision.layers.0", "vision.output")
        .contains("language.layers.0", "language.norm", "logits")
        .contains("input_ids", "token_type_ids", "position_ids", "generated_ids");
    assertThat(shape(header, "pixel_values")).isEqualTo("[3,112,112]");
    assertThat(shape(header, "input_ids")).isEqualTo("[" + rows + "]");
    assertThat(shape(header, "logits")).startsWith("[" + rows + ",");
    assertThat(header.at("/language.layers.0/dtype").asText()).isEqualTo("F32");
    assertThat(header.at("/position_ids/dtype").asText()).isEqualTo("I64");
  }

  @Test
  void aRequestWithoutAPictureHasNoVisionStages() throws IOException {
    Path history = Files.writeString(folder.resolve("h.json"), "[[\"Red?\", \"yes\"]]");
    Path out = folder.resolve("trace.safetensors");
    Invocation run =
        Invocation.of(
            "trace", "--prompt", "Blue?", "--template", "chat", "--history", history, "--out", out);
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out()).startsWith("wrote " + out);
    assertThat(names(header(out)))
        .contains("logits", "language.norm")
        .noneMatch(name -> name.startsWith("vision.") || name.equals("pixel_values"))
        .doesNotContain("generated_ids");
  }

  @Test
  void historyIsAListOfPairs() throws IOException {
    Path file = Files.writeString(folder.resolve("h.json"), "[[\"a\", \"b\"], [\"c\", \"d\"]]");
    assertThat(TraceCommand.readTurns(file))
        .containsExactly(new Turn("a", "b"), new Turn("c", "d"));
  }

  private static String shape(JsonNode header, String name) {
    return header.at("/" + name + "/shape").toString();
  }

  private static Set<String> names(JsonNode header) {
    Set<String> names = new TreeSet<>();
    header.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** The safetensors header: 8 bytes of length, then JSON. */
  private static JsonNode header(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    return new JsonMapper().readTree(bytes, 8, length);
  }
}
