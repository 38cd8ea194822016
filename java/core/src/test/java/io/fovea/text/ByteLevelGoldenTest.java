package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokenizer against recorded results of the Hugging Face tokenizers library. */
class ByteLevelGoldenTest {
  @ParameterizedTest
  @ValueSource(strings = {"llama3", "gpt2"})
  void encodingIsTheRecordedOne(String name) {
    Tokenizer tokenizer = TestModels.byteLevel(name);
    List<JsonNode> cases = TestModels.cases("/text/" + name + ".encode.jsonl.gz");
    assertThat(cases).hasSize(400);
    for (JsonNode golden : cases) {
      String text = golden.get("text").textValue();
      int[] ids = TestModels.ids(golden);
      assertThat(tokenizer.encode(text)).as(golden.toString()).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "gpt2"})
  void decodingIsTheRecordedOne(String name) {
    Tokenizer tokenizer = TestModels.byteLevel(name);
    List<JsonNode> cases = TestModels.cases("/text/" + name + ".decode.jsonl.gz");
    assertThat(cases).hasSize(200);
    for (JsonNode golden : cases) {
      assertThat(tokenizer.decode(TestModels.ids(golden)))
          .as(golden.toString())
          .isEqualTo(golden.get("text").textValue());
    }
  }
}
