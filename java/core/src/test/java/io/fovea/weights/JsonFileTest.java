package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
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

  /** What Python's json module reads and writes. */
  @Test
  void readsWhatPythonWrites() throws IOException {
    String python =
        "{\"nan\": NaN, \"inf\": [Infinity, -Infinity], \"far\": 1e999, \"big\": "
            + "1234567890".repeat(200)
            + ", \"a\": 1, \"a\": 2}";
    JsonNode root = JsonFile.read(Files.writeString(folder.resolve("a.json"), python), 9999, "");
    assertThat(root.get("nan").doubleValue()).isNaN();
    assertThat(root.at("/inf/0").doubleValue()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(root.at("/inf/1").doubleValue()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(root.get("far").doubleValue()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(root.get("big").bigIntegerValue().toString()).hasSize(2000);
    assertThat(root.get("a").intValue()).as("the last counts").isEqualTo(2);
    String text = JsonFile.text(root);
    assertThat(text).contains("\"nan\" : NaN", "[ Infinity, -Infinity ]", "1234567890".repeat(200));
    assertThat(JsonFile.text(JsonFile.parse(Path.of("b.json"), text, ""))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} {} | is not valid JSON",
        "{\"a\":[1,]} | is not valid JSON",
        "{\"a\":nan} | is not valid JSON",
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
    refused(folder.resolve("b.json"), 100, "b.json: file: is missing");
  }

  private static void refused(Path file, long maxBytes, String message) {
    assertThatThrownBy(() -> JsonFile.read(file, maxBytes, "mend it"))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }
}
