package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tokenizer against recorded results of the Hugging Face tokenizers library. */
class ByteLevelGoldenTest {
  @ParameterizedTest
  @CsvSource({
    "/text/llama3.json.gz, /text/llama3, 400",
    "/text/gpt2.json.gz, /text/gpt2, 400",
    "/goldens/text/bpe/tiny.json, /goldens/text/bpe/tiny, 2400",
  })
  void encodingIsTheRecordedOne(String model, String name, int count) {
    Tokenizer tokenizer = load(model);
    List<JsonNode> cases = TestModels.cases(name + ".encode.jsonl.gz");
    assertThat(cases).hasSize(count);
    for (JsonNode golden : cases) {
      String text = golden.get("text").textValue();
      int[] ids = TestModels.ids(golden);
      assertThat(tokenizer.encode(text)).as(golden.toString()).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/text/llama3.json.gz, /text/llama3, 200",
    "/text/gpt2.json.gz, /text/gpt2, 200",
    "/goldens/text/bpe/tiny.json, /goldens/text/bpe/tiny, 500",
  })
  void decodingIsTheRecordedOne(String model, String name, int count) {
    Tokenizer tokenizer = load(model);
    List<JsonNode> cases = TestModels.cases(name + ".decode.jsonl.gz");
    assertThat(cases).hasSize(count);
    for (JsonNode golden : cases) {
      assertThat(tokenizer.decode(TestModels.ids(golden)))
          .as(golden.toString())
          .isEqualTo(golden.get("decoded").textValue());
    }
  }

  private static Tokenizer load(String resource) {
    SpecialTokens any = new SpecialTokens(0, 0, 0);
    return ByteLevelTokenizer.parse(Path.of(resource), TestModels.bytes(resource), any);
  }
}
