package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointFilesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "../x.safetensors | not a file in its folder",
        "a/../../x.safetensors | not a file in its folder",
        "a/x.safetensors | is missing",
        "/etc/passwd | not a file in its folder",
        "x\\u0000.safetensors | not a file in its folder",
        "\\uD800.safetensors | not a file in its folder",
        "x.safetensors | is missing",
        ".. | not a file in its folder",
        "'' | not a file in its folder",
      })
  void shardsAreFilesBesideTheIndex(String shard, String message) throws IOException {
    index("{\"weight_map\": {\"a\": \"" + shard + "\"}}");
    assertThatThrownBy(() -> CheckpointFiles.list(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{\"weight_map\": 7}", "{\"weight_map\": {}}", "nul"})
  void whatIsNoIndexIsRefused(String content) throws IOException {
    index(content);
    assertThatThrownBy(() -> CheckpointFiles.list(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(CheckpointFiles.INDEX);
  }

  @Test
  void anOversizedIndexIsRefusedBeforeItIsRead() throws IOException {
    Path index = folder.resolve(CheckpointFiles.INDEX);
    try (RandomAccessFile sparse = new RandomAccessFile(index.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertThatThrownBy(() -> CheckpointFiles.list(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("1099511627776 bytes");
  }

  private void index(String content) throws IOException {
    Files.writeString(folder.resolve(CheckpointFiles.INDEX), content);
  }
}
