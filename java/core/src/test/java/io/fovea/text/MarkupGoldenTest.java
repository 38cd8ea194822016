package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokenizers with markup against recorded results of the tokenizers and tiktoken libraries. */
class MarkupGoldenTest {
  @ParameterizedTest
  @CsvSource({"unigram, 4000", "tiktoken, 2200"})
  void encodingIsTheRecordedOne(String name, int atLeast) {
    MarkupTokenizer tokenizer = TestModels.markup(name);
    List<JsonNode> cases = TestModels.cases("/goldens/text/" + name + "/tiny.encode.jsonl.gz");
    assertThat(cases).hasSizeGreaterThan(atLeast);
    for (JsonNode golden : cases) {
      String text = golden.get("text").textValue();
      int[] ids = TestModels.ids(golden);
      String decoded = golden.has("decoded") ? golden.get("decoded").textValue() : text;
      assertThat(tokenizer.encode(text)).as(golden.toString()).isEqualTo(ids);
      assertThat(tokenizer.encode(text, id -> true))
          .as("every added token in %s", golden)
          .isEqualTo(golden.has("every") ? TestModels.ids(golden, "every") : ids);
      assertThat(tokenizer.encode(text, id -> false))
          .as("no added token in %s", golden)
          .isEqualTo(golden.has("none") ? TestModels.ids(golden, "none") : ids);
      assertThat(tokenizer.decode(ids)).as(golden.toString()).isEqualTo(decoded);
    }
  }

  @ParameterizedTest
  @CsvSource({"unigram, 400", "tiktoken, 400"})
  void decodingIsTheRecordedOne(String name, int count) {
    MarkupTokenizer tokenizer = TestModels.markup(name);
    List<JsonNode> cases = TestModels.cases("/goldens/text/" + name + "/tiny.decode.jsonl.gz");
    assertThat(cases).hasSize(count);
    for (JsonNode golden : cases) {
      assertThat(tokenizer.decode(TestModels.ids(golden)))
          .as(golden.toString())
          .isEqualTo(golden.get("decoded").textValue());
    }
  }

  /** Another pipeline, with added tokens of every kind. */
  @Test
  void theConvertersFormIsTheLibrarys() {
    byte[] json = TestModels.bytes("/text/unigram.json");
    SpecialTokens special = new SpecialTokens(0, 2, 1);
    Tokenizer tokenizer = UnigramTokenizer.parse(Path.of("unigram.json"), json, special);
    List<JsonNode> cases = TestModels.cases("/text/unigram.encode.jsonl.gz");
    assertThat(cases).hasSize(1500);
    for (JsonNode golden : cases) {
      assertThat(tokenizer.encode(golden.get("text").textValue()))
          .as(golden.toString())
          .isEqualTo(TestModels.ids(golden));
    }
    for (JsonNode golden : TestModels.cases("/text/unigram.decode.jsonl.gz")) {
      assertThat(tokenizer.decode(TestModels.ids(golden)))
          .as(golden.toString())
          .isEqualTo(golden.get("decoded").textValue());
    }
  }
}
