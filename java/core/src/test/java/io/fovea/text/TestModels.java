package io.fovea.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The tokenizer models among the test resources; {@code make_models.py} there describes them. */
final class TestModels {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TestModels() {}

  static SentencePieceTokenizer load(String resource) {
    return SentencePieceTokenizer.parse(Path.of(resource), bytes(resource));
  }

  /**
   * One of the tokenizers that {@code make_byte_level.py} describes; its special ids are the last.
   */
  static ByteLevelTokenizer byteLevel(String name) {
    String resource = "/text/" + name + ".json.gz";
    SpecialTokens special =
        name.equals("llama3")
            ? new SpecialTokens(1200, 1201, 1202)
            : new SpecialTokens(900, 900, 900);
    return ByteLevelTokenizer.parse(Path.of(resource), bytes(resource), special);
  }

  /** Recorded results, one JSON object a line. */
  static List<JsonNode> cases(String resource) {
    return new String(bytes(resource), StandardCharsets.UTF_8)
        .lines()
        .map(TestModels::json)
        .toList();
  }

  private static JsonNode json(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(line, e);
    }
  }

  /** The token ids of a recorded result. */
  static int[] ids(JsonNode golden) {
    return JSON.convertValue(golden.get("ids"), int[].class);
  }

  /** Content of a resource such as "/text/llama.model"; unpacked if it ends in ".gz". */
  static byte[] bytes(String resource) {
    try (InputStream in = open(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  static InputStream open(String resource) throws IOException {
    InputStream in =
        Objects.requireNonNull(TestModels.class.getResourceAsStream(resource), resource);
    return resource.endsWith(".gz") ? new GZIPInputStream(in) : in;
  }
}
