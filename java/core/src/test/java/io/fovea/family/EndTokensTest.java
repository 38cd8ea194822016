package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.fuzz.DamagedFiles;
import io.fovea.fuzz.ScratchDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndTokensTest {
  private static final String FILE = "generation_config.json";

  @TempDir Path folder;

  private Set<Integer> read(String content) throws IOException {
    Files.writeString(folder.resolve(FILE), content);
    return EndTokens.read(folder, List.of(2, 3), 100);
  }

  @Test
  void thoseOfTheFileAreAdded() throws IOException {
    assertThat(EndTokens.read(folder, List.of(2, 3), 100)).as("no file").containsOnly(2, 3);
    assertThat(read("{\"eos_token_id\": 7}")).containsOnly(2, 3, 7);
    assertThat(read("{\"eos_token_id\": [7, 99, 2]}")).containsOnly(2, 3, 7, 99);
    assertThat(read("{\"eos_token_id\": null}")).containsOnly(2, 3);
    assertThat(read("{}")).containsOnly(2, 3);
  }

  /** As with transformers: an id that no model answers with ends nothing. */
  @Test
  void idsBeyondTheVocabularyAreIgnoredBesideOthers() throws IOException {
    assertThat(read("{\"eos_token_id\": [7, 100, 4000]}")).containsOnly(2, 3, 7);
    assertThat(EndTokens.ignored(folder, 100))
        .singleElement()
        .asString()
        .contains(FILE, "[100, 4000]", "ignored");
    assertThatThrownBy(() -> read("{\"eos_token_id\": [100, 101]}"))
        .hasMessageContaining("name ids below 100");
    assertThat(EndTokens.ignored(folder.resolve("none"), 100)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"eos_token_id\": -1}",
        "{\"eos_token_id\": 100}",
        "{\"eos_token_id\": \"7\"}",
        "{\"eos_token_id\": 7.5}",
        "{\"eos_token_id\": [[7]]}",
        "{\"eos_token_id\": [7, \"8\"]}",
        "{\"eos_token_id\": {}}",
        "[]",
        "{"
      })
  void anythingElseIsRefused(String content) {
    assertThatThrownBy(() -> read(content))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(FILE);
  }

  @Test
  void damagedFiles() {
    ScratchDirectory scratch = new ScratchDirectory();
    String sound =
        "{\"_from_model_config\": true, \"bos_token_id\": 1, \"eos_token_id\": [2, 70], \"x\": {}}";
    DamagedFiles.check(
        content -> EndTokens.read(scratch.with(FILE, content), List.of(2), 100),
        List.of(sound.getBytes(StandardCharsets.UTF_8)),
        20_260_103,
        2_000);
  }
}
