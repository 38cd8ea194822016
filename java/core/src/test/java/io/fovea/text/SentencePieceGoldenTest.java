package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tokenizer against recorded results of the SentencePiece library's Python package. */
class SentencePieceGoldenTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Tokenizer tokenizer = TestModels.load("/goldens/text/tiny.model");

  @Test
  void encodingIsTheRecordedOne() throws IOException {
    List<JsonNode> cases = read("/goldens/text/tiny.encode.jsonl.gz");
    assertThat(cases).hasSizeGreaterThan(1000);
    for (JsonNode golden : cases) {
      String text = golden.get("text").textValue();
      int[] ids = ids(golden);
      String decoded = golden.has("decoded") ? golden.get("decoded").textValue() : text;
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).isEqualTo(decoded);
    }
  }

  @Test
  void decodingIsTheRecordedOne() throws IOException {
    List<JsonNode> cases = read("/goldens/text/tiny.decode.jsonl.gz");
    assertThat(cases).hasSizeGreaterThan(100);
    for (JsonNode golden : cases) {
      assertThat(tokenizer.decode(ids(golden)))
          .as(golden.toString())
          .isEqualTo(golden.get("decoded").textValue());
    }
  }

  private static int[] ids(JsonNode golden) throws IOException {
    return JSON.treeToValue(golden.get("ids"), int[].class);
  }

  private static List<JsonNode> read(String resource) throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(TestModels.open(resource), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        cases.add(JSON.readTree(line));
      }
    }
    return cases;
  }
}
