package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers as they should be, and as they should not. */
class SafetensorsHeaderTest {
  private static final String SOUND =
      """
      {"__metadata__":{"format":"pt"},
       "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
       "b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}}\
      """;

  @TempDir Path folder;

  @Test
  void soundHeader() throws IOException {
    Map<String, StoredTensor> tensors = SafetensorsHeader.read(file(SOUND, 26));
    int start = 8 + SOUND.length();
    assertThat(tensors)
        .containsExactly(
            Map.entry("a", new StoredTensor("a", "F32", List.of(2L, 3L), start, 24)),
            Map.entry("b", new StoredTensor("b", "BF16", List.of(), start + 24, 2)));
  }

  @Test
  void anEncodedHeaderIsReadBack() throws IOException {
    List<TensorEntry> entries =
        List.of(
            new TensorEntry("a", "I32", List.of(2L, 3L)),
            new TensorEntry("\"ü\"", "F8_E4M3", List.of(5L)),
            new TensorEntry("c", "BF16", List.of()));
    byte[] head = SafetensorsHeader.encode(entries, Map.of("format", "pt"));
    assertThat(head.length % 8).isZero();
    Path file = folder.resolve("encoded");
    Files.write(file, Arrays.copyOf(head, head.length + 24 + 5 + 2));
    assertThat(SafetensorsHeader.read(file).values())
        .containsExactly(
            new StoredTensor("a", "I32", List.of(2L, 3L), head.length, 24),
            new StoredTensor("\"ü\"", "F8_E4M3", List.of(5L), head.length + 24L, 5),
            new StoredTensor("c", "BF16", List.of(), head.length + 29L, 2));
    assertThat(new String(head, StandardCharsets.UTF_8)).contains("\"__metadata__\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,28]}} | 24 | truncated
          {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}} | 24 | does not fill
          {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[24,0]}} | 24 | occupies
          {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[-8,16]}} | 24 | -8
          {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0]}} | 24 | data_offsets
          {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,9223372036854775807]}} | 24 | occupies
          {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,99999999999999999999]}} | 24 | data_offsets
          {"a":{"dtype":"F32","shape":[2,-3],"data_offsets":[0,24]}} | 24 | shape
          {"a":{"dtype":"F32","shape":[2,1.5],"data_offsets":[0,24]}} | 24 | shape
          {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,24]}} | 24 | no countable number
          {"a":{"dtype":"F32","shape":6,"data_offsets":[0,24]}} | 24 | shape
          {"a":{"shape":[6],"data_offsets":[0,24]}} | 24 | dtype
          {"a":7} | 24 | dtype
          {"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"b":{"dtype":"U8","shape":[16],"data_offsets":[8,24]}} | 24 | overlaps
          {"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}} | 24 | begins 8 bytes after the end of the header
          [1,2,3] | 24 | not a JSON object
          {"a": | 24 | not valid JSON
          """)
  void unsoundHeader(String header, int dataBytes, String message) throws IOException {
    Path file = file(header, dataBytes);
    assertThatThrownBy(() -> SafetensorsHeader.read(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "1152921504606846976, 1152921504606846976", // 2^60
    "-1, 18446744073709551615",
    "0, 0",
    "101, 101",
    "100000001, 100000001"
  })
  void unsoundHeaderLength(long length, String message) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(108).order(ByteOrder.LITTLE_ENDIAN);
    content.putLong(length);
    Path file = Files.write(folder.resolve("length.safetensors"), content.array());
    assertThatThrownBy(() -> SafetensorsHeader.read(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("header")
        .hasMessageContaining(message);
  }

  @Test
  void deeplyNestedHeader() throws IOException {
    Path file = file("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}", 0);
    assertThatThrownBy(() -> SafetensorsHeader.read(file)).isInstanceOf(ModelLoadException.class);
  }

  @Test
  void emptyMissingAndTooShort() throws IOException {
    for (int bytes : new int[] {0, 1, 7, 8, 9}) {
      Path file = Files.write(folder.resolve("short.safetensors"), new byte[bytes]);
      assertThatThrownBy(() -> SafetensorsHeader.read(file)).isInstanceOf(ModelLoadException.class);
    }
    Path missing = folder.resolve("missing.safetensors");
    assertThatThrownBy(() -> SafetensorsHeader.read(missing))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(missing.toString());
    assertThatThrownBy(() -> SafetensorsHeader.read(folder)).isInstanceOf(ModelLoadException.class);
  }

  /** Flipped, lost and added bytes: a typed error, or tensors that lie inside the file. */
  @Test
  void mutatedFiles() throws IOException {
    byte[] sound = Files.readAllBytes(file(SOUND, 26));
    long seed = 31;
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < 1000; round++) {
      int length = random.nextInt(4) == 0 ? random.nextInt(sound.length) : sound.length;
      byte[] mutant = Arrays.copyOf(sound, length);
      for (int i = random.nextInt(4); i >= 0 && length > 0; i--) {
        mutant[random.nextInt(length)] = (byte) random.nextInt(256);
      }
      Path file = Files.write(folder.resolve("mutant.safetensors"), mutant);
      try {
        for (StoredTensor tensor : SafetensorsHeader.read(file).values()) {
          assertThat(tensor.offset() + tensor.bytes())
              .as("seed %d round %d", seed, round)
              .isLessThanOrEqualTo(mutant.length);
        }
      } catch (ModelLoadException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(300);
  }

  private Path file(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer content = ByteBuffer.allocate(8 + json.length + dataBytes);
    content.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json);
    return Files.write(folder.resolve("model.safetensors"), content.array());
  }
}
