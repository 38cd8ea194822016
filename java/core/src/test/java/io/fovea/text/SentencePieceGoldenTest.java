package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tokenizer against recorded results of the SentencePiece library's Python package. */
class SentencePieceGoldenTest {
  private final Tokenizer tokenizer = TestModels.load("/goldens/text/tiny.model");

  @Test
  void encodingIsTheRecordedOne() {
    List<JsonNode> cases = TestModels.cases("/goldens/text/tiny.encode.jsonl.gz");
    assertThat(cases).hasSizeGreaterThan(1000);
    for (JsonNode golden : cases) {
      String text = golden.get("text").textValue();
      int[] ids = TestModels.ids(golden);
      String decoded = golden.has("decoded") ? golden.get("decoded").textValue() : text;
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).isEqualTo(decoded);
    }
  }

  @Test
  void decodingIsTheRecordedOne() {
    List<JsonNode> cases = TestModels.cases("/goldens/text/tiny.decode.jsonl.gz");
    assertThat(cases).hasSizeGreaterThan(100);
    for (JsonNode golden : cases) {
      assertThat(tokenizer.decode(TestModels.ids(golden)))
          .as(golden.toString())
          .isEqualTo(golden.get("decoded").textValue());
    }
  }
}
