package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFileTest {
  @TempDir Path folder;

  @Test
  void readsAnObject() throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), "{\"a\": [1]}");
    assertThat(JsonFile.read(file, 10, "mend it").at("/a/0").intValue()).isEqualTo(1);
    refused(file, 9, "size: 10 bytes, at most 9 allowed; mend it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | is not a JSON object",
        "[] | is not a JSON object",
        "7 | is not a JSON object",
        "{ | is not valid JSON",
        "{'a':1} | is not valid JSON",
        "\uFFFF | is not valid JSON",
      },
      quoteCharacter = '"')
  void refusesAnythingElse(String content, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), content.replace("''", ""));
    refused(file, 100, message);
  }

  @Test
  void aByteOrderMarkOfUtf8IsNoContent() throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), "\uFEFF{\"ü\": 1}");
    assertThat(JsonFile.read(file, 100, "mend it").at("/ü").intValue()).isEqualTo(1);
    assertThat(JsonFile.utf8(file, Files.readAllBytes(file)))
        .isEqualTo("{\"ü\": 1}".getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-16, UTF-16", // Java's have a mark, the ones with a byte order have none
    "UTF-16BE, UTF-16",
    "UTF-16LE, UTF-16",
    "x-UTF-16LE-BOM, UTF-16",
    "X-UTF-32BE-BOM, UTF-32",
    "X-UTF-32LE-BOM, UTF-32",
  })
  void otherEncodingsAreNamed(String encoding, String name) throws IOException {
    Path file = folder.resolve("a.json");
    Files.write(file, "{\"a\": 1}".getBytes(encoding));
    refused(file, 100, "is " + name + ", not UTF-8");
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), "{\"a\":" + "[".repeat(100_000));
    refused(file, 1 << 20, "is not valid JSON");
  }

  @Test
  void oversizedFilesAreRefusedBeforeTheyAreRead() throws IOException {
    Path file = folder.resolve("a.json");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    refused(file, 1 << 20, "1099511627776 bytes");
  }

  @Test
  void missingFilesAreNamed() {
    refused(folder.resolve("b.json"), 100, "b.json: file: cannot be read");
  }

  private static void refused(Path file, long maxBytes, String message) {
    assertThatThrownBy(() -> JsonFile.read(file, maxBytes, "mend it"))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }
}
