package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A random checkpoint of Shikra, as a user would ask it. */
class ShikraCommandsTest {
  private static final Path TRACES =
      Path.of(System.getProperty("fovea.home", "."))
          .resolve("java/core/src/test/resources/goldens/traces");
  private static final Path MODEL = TRACES.resolve("shikra/patch14/checkpoint");
  private static final Path PICTURE = TRACES.resolve("pictures/wide.png"); // 230 x 60

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Test
  void locateGivesBoxesOnThePicture() {
    Invocation run =
        Invocation.of(
            "locate", "--model", MODEL, "--image", PICTURE, "--max-boxes", 2, "--json", "bowl");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    JsonNode region = run.json().at("/results/0/regions/0");
    assertThat(region.at("/pixels")).hasSize(4);
    assertThat(region.at("/pixels/2").asDouble(-1)).isBetween(0.0, 230.0);
    assertThat(region.at("/pixels/3").asDouble(-1)).isBetween(0.0, 60.0);
    assertThat(region.at("/confidence").asDouble(-1)).isBetween(0.0, 1.0);
    assertThat(run.json().at("/results/0/tokens/image").asInt()).isEqualTo(9);
  }

  @Test
  void asksAndCaptions() {
    Object[] flags = {"--model", MODEL, "--image", PICTURE, "--max-new-tokens", 6, "--json"};
    Invocation ask = Invocation.of(with("ask", flags, "What is it?"));
    assertThat(ask.err()).isEmpty();
    assertThat(ask.code()).isEqualTo(ExitCode.OK);
    Invocation caption = Invocation.of(with("caption", flags));
    assertThat(caption.err()).isEmpty();
    assertThat(caption.code()).isEqualTo(ExitCode.OK);
  }

  private static Object[] with(String command, Object[] flags, Object... more) {
    Object[] all = new Object[1 + flags.length + more.length];
    all[0] = command;
    System.arraycopy(flags, 0, all, 1, flags.length);
    System.arraycopy(more, 0, all, 1 + flags.length, more.length);
    return all;
  }

  @Test
  void inspectQuantizeAndVerify() {
    Invocation inspect = Invocation.of("inspect", MODEL, "--json");
    assertThat(inspect.code()).isEqualTo(ExitCode.OK);
    assertThat(inspect.out()).contains("Shikra");
    Path out = folder.resolve("int8");
    assertThat(Invocation.of("quantize", MODEL, "--out", out).code()).isEqualTo(ExitCode.OK);
    Invocation verify =
        Invocation.of(
            "verify",
            out,
            "--against",
            MODEL,
            "--image",
            PICTURE,
            "--prompt",
            "Why?",
            "--limit",
            "0.2");
    assertThat(verify.out()).contains("logits").endsWith("ok\n").doesNotContain("NOT ok");
    assertThat(verify.code()).isEqualTo(ExitCode.OK);
  }

  /** A model's folder can be changed into another format only when all of it is there. */
  @Test
  void aPairForLlamaCppIsNotMadeOfSeveral() throws IOException {
    Files.createDirectories(folder);
    Invocation run =
        Invocation.of(
            "convert", MODEL, "--vision", MODEL, "--gguf", "f16", "--out", folder.resolve("gguf"));
    assertThat(run.code()).isNotEqualTo(ExitCode.OK);
    assertThat(run.err()).contains("several checkpoints at once", "--base, --vision");
  }
}
