package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathArgumentTest {
  @ParameterizedTest
  @CsvSource({
    "a/b.png, a/b.png",
    "file:///tmp/a%20b.png, /tmp/a b.png",
    "file:/tmp/a.png, /tmp/a.png",
    "FILE://localhost/tmp/%D1%91.png, /tmp/ё.png",
    "file:///tmp/картина.png, /tmp/картина.png",
    "C:/a.png, C:/a.png", // a folder named C: is possible here
    "./-, ./-",
    "a:b, a:b",
  })
  void readsPathsAndFileUris(String text, String path) {
    assertThat(PathArgument.of(text)).isEqualTo(Path.of(path));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://example.org/a/b.png | download it first",
        "HTTP://example.org | download it first",
        "s3://bucket/key | download it first",
        "data:image/png;base64,iVBORw0KGgo= | download it first",
        "https://huggingface.co/org/some.model-7b | hf download org/some.model-7b --local-dir some.model-7b",
        "https://huggingface.co/org/m/tree/main | hf download org/m --local-dir m",
        "hf://org/m | hf download org/m --local-dir m",
        "https://huggingface.co/org/m/resolve/main/tokenizer.model | download the file first",
        "file://otherhost/share/a.png | give the plain path",
        "file:a.png | give the plain path",
        "file:///tmp/a b.png | give the plain path",
        "'' | the path is empty",
        "' ' | the path is empty",
        "- | './-'",
      })
  void refusesTheRestWithAWayOut(String text, String remedy) {
    assertThatThrownBy(() -> PathArgument.of(text))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining(remedy);
  }

  /** Paths of every command and kind: options of their own, shared ones, and parameters. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "locate --image URL star",
        "locate --image a.png --out URL star",
        "caption --image URL",
        "ask --model URL hello",
        "ask --tokenizer URL hello",
        "chat --image URL",
        "eval --data URL",
        "trace --prompt hello --history URL --out a",
        "trace --prompt hello --out URL",
        "profile --chrome-trace URL",
        "demo --out URL",
        "convert URL --out a",
        "quantize a --out URL",
        "synthesize --out URL",
        "inspect URL",
        "verify a --against URL",
      })
  void everyPathGoesThroughHere(String line) {
    String url = "https://example.org/x";
    Invocation run = Invocation.of((Object[]) line.replace("URL", url).split(" "));
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("'" + url + "' is a URL, not a file").hasLineCount(1);
  }

  @Test
  void aNameOnTheHubIsToldFromAMissingFolder() {
    assertThat(Invocation.of("ask", "--model", "some-org/a-model", "hello").err())
        .contains("no folder some-org/a-model", "hf download some-org/a-model --local-dir a-model");
    assertThat(Invocation.of("ask", "--model", "/some-org/a-model", "hello").err())
        .contains("no folder /some-org/a-model")
        .doesNotContain("hf download");
    Path file = BundledModel.directory().resolve("config.json");
    assertThat(Invocation.of("ask", "--model", file, "hello").err())
        .contains(file + " is a file, not a model folder");
  }

  @Test
  void fileUrisServeAsPaths() {
    Invocation run = Invocation.of("inspect", BundledModel.directory().toUri());
    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out()).startsWith("CogVLM v1 in safetensors");
  }
}
