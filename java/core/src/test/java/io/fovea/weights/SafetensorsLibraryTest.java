package io.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The safetensors library's verdict on headers of every kind: weights/make_headers.py. */
class SafetensorsLibraryTest {
  /** The library refuses the whole file; here only who needs the tensor does. */
  private static final Map<String, String> UNKNOWN_DTYPES =
      Map.of("dtype that no version knows", "F99[8]", "dtype in small letters", "u8[8]");

  @TempDir Path folder;

  static List<Case> cases() throws IOException {
    ObjectMapper json = new ObjectMapper();
    try (InputStream in =
        Objects.requireNonNull(
            SafetensorsLibraryTest.class.getResourceAsStream("/weights/headers.jsonl"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(
              line -> {
                try {
                  return new Case(json.readTree(line));
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              })
          .toList();
    }
  }

  record Case(JsonNode node) {
    String name() {
      return node.get("name").asText();
    }

    boolean loads() {
      return node.get("loads").booleanValue() || UNKNOWN_DTYPES.containsKey(name());
    }

    /** dtype and shape by name. */
    Map<String, String> tensors() {
      Map<String, String> tensors = new LinkedHashMap<>();
      node.path("tensors")
          .properties()
          .forEach(
              e -> tensors.put(e.getKey(), e.getValue().get(0).asText() + e.getValue().get(1)));
      return tensors;
    }

    byte[] content() {
      byte[] header = node.get("header").asText().getBytes(StandardCharsets.ISO_8859_1);
      long length =
          node.has("length") ? node.get("length").bigIntegerValue().longValue() : header.length;
      return ByteBuffer.allocate(8 + header.length + node.get("data").intValue())
          .order(ByteOrder.LITTLE_ENDIAN)
          .putLong(length)
          .put(header)
          .array();
    }

    @Override
    public String toString() {
      return name();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theVerdictIsTheLibrarys(Case known) throws IOException {
    Path file = Files.write(folder.resolve("model.safetensors"), known.content());
    if (known.loads()) {
      Map<String, String> found = new LinkedHashMap<>();
      SafetensorsHeader.read(file)
          .forEach(
              (name, tensor) ->
                  found.put(name, tensor.dtype() + tensor.shape().toString().replace(" ", "")));
      String unknown = UNKNOWN_DTYPES.get(known.name());
      assertThat(found)
          .containsExactlyInAnyOrderEntriesOf(
              unknown == null ? known.tensors() : Map.of("a", unknown));
    } else {
      assertThatThrownBy(() -> SafetensorsHeader.read(file))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageStartingWith(file.toString());
    }
  }

  @Test
  void bothVerdictsAreThereOften() throws IOException {
    long loaded = cases().stream().filter(Case::loads).count();
    assertThat(loaded).isBetween(40L, cases().size() - 40L);
  }
}
