package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.fuzz.Resources;
import io.fovea.weights.StoredShapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens with a role and tokens that were added, with a vocabulary of the model's own size. */
class ModelTokensTest {
  private static final int PIECES = 700; // of llama.model: 0 unknown, 1 begin, 2 end, no pad
  private static final int TOKENS = 1203; // of llama3.json: the last three are special

  @TempDir Path folder;

  private ModelDescription config(boolean second, int rows, String ids) {
    String json =
        """
        {"architectures":["CogVLMForCausalLM"],"hidden_size":32,"intermediate_size":48,
         "num_hidden_layers":2,"num_attention_heads":8,"rms_norm_eps":1e-05,"vocab_size":%d,%s
         "vision_config":{"hidden_size":16,"intermediate_size":20,"num_hidden_layers":1,
          "num_heads":2,"image_size":20,"patch_size":5,"layer_norm_eps":1e-06,"num_positions":17}}
        """
            .formatted(rows, ids);
    Map<String, List<Long>> shapes =
        second ? Map.of("model.vision.conv.weight", List.of(16L, 16L, 2L, 2L)) : Map.of();
    return Families.describe(folder.resolve("config.json"), json, new StoredShapes(shapes));
  }

  private ModelTokens pieces(int rows, String ids) throws IOException {
    Files.write(folder.resolve("tokenizer.model"), Resources.bytes("/text/llama.model"));
    return ModelTokens.load(folder, null, config(false, rows, ids));
  }

  private ModelTokens byteLevel(int rows, String ids) throws IOException {
    Files.write(folder.resolve("tokenizer.json"), Resources.bytes("/text/llama3.json.gz"));
    return ModelTokens.load(folder, null, config(true, rows, ids));
  }

  private void beside(String file, String content) throws IOException {
    Files.writeString(folder.resolve(file), content);
  }

  @Test
  void whatConfigStatesCounts() throws IOException {
    ModelTokens tokens =
        pieces(PIECES, "\"bos_token_id\":7,\"eos_token_id\":[8,9],\"pad_token_id\":5,");
    assertThat(tokens.begin()).isEqualTo(7);
    assertThat(tokens.filler()).isEqualTo(5);
    assertThat(tokens.end()).containsExactlyInAnyOrder(8, 9);
  }

  @Test
  void whatConfigLeavesOpenIsTheTokenizersOwn() throws IOException {
    ModelTokens tokens = pieces(PIECES, "\"pad_token_id\":-1,\"eos_token_id\":null,");
    assertThat(tokens.begin()).isEqualTo(1);
    assertThat(tokens.end()).containsExactly(2);
    assertThat(tokens.filler()).as("the unknown piece").isEqualTo(0);
    beside("generation_config.json", "{\"eos_token_id\": [6.0, 7], \"temperature\": Infinity}");
    assertThat(pieces(PIECES, "").end()).containsExactlyInAnyOrder(6, 7);
  }

  @Test
  void aByteLevelTokenizersOwnStandInItsConfig() throws IOException {
    assertThatThrownBy(() -> byteLevel(TOKENS, ""))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("config.json: bos_token_id: is missing")
        .hasMessageContaining("add the id to config.json");
    beside(
        "tokenizer_config.json",
        "{\"bos_token\": {\"content\": \"<|begin_of_text|>\"}, \"eos_token\":"
            + " \"<|end_of_text|>\", \"model_max_length\": Infinity}");
    ModelTokens tokens = byteLevel(TOKENS, "");
    assertThat(tokens.tokenizer().piece(Objects.requireNonNull(tokens.begin())))
        .isEqualTo("<|begin_of_text|>");
    assertThat(tokens.end())
        .containsExactly(tokens.tokenizer().id("<|end_of_text|>").orElseThrow());
    assertThat(tokens.filler()).isBetween(0, TOKENS - 1);
    ModelTokens padded = byteLevel(TOKENS + 61, "\"pad_token_id\":" + (TOKENS + 60) + ",");
    assertThat(padded.filler()).as("a row without a token").isEqualTo(TOKENS + 60);
  }

  /** Llama's pad token is often added without an embedding of its own; it is never written. */
  @Test
  void aSpecialTokenNeedsNoEmbedding() throws IOException {
    beside(
        "tokenizer_config.json",
        "{\"added_tokens_decoder\": {\"0\": {\"content\": \"<unk>\", \"special\": true}, \"700\":"
            + " {\"content\": \"<pad>\", \"special\": true}}}");
    ModelTokens tokens = pieces(PIECES, "\"pad_token_id\":700,");
    assertThat(tokens.tokenizer().vocabularySize()).isEqualTo(701);
    assertThat(tokens.filler()).as("a row that is there").isLessThan(PIECES);
    assertThat(tokens.tokenizer().encode("<pad>")).doesNotContain(700);
    beside("added_tokens.json", "{\"<box>\": 701}");
    assertThatThrownBy(() -> pieces(PIECES, ""))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("has 702 pieces, the model's vocab_size is 700")
        .hasMessageContaining("'<box>', which has no embedding");
    assertThat(pieces(704, "").tokenizer().id("<box>")).hasValue(701);
  }

  @Test
  void addedTokensAreFoundInTextAndRead() throws IOException {
    beside("added_tokens.json", "{\"<box>\": 700, \"<point>\": 703, \"</s>\": 2}");
    beside(
        "tokenizer_config.json",
        "{\"added_tokens_decoder\": {\"701\": {\"content\": \"<image>\", \"special\": true}}}");
    ModelTokens tokens = pieces(768, "");
    int[] plain = tokens.tokenizer().encode("the cat");
    int[] marked = tokens.tokenizer().encode("the cat<box><point>");
    assertThat(marked).startsWith(plain).endsWith(700, 703).hasSize(plain.length + 2);
    assertThat(tokens.tokenizer().decode(marked)).isEqualTo("the cat<box><point>");
    assertThat(tokens.tokenizer().encode("<image>")).doesNotContain(701);
    assertThat(tokens.tokenizer().decode(701, 702)).as("special, and none").isEmpty();
    assertThat(tokens.tokenizer().isSpecial(702)).isTrue();
  }

  @Test
  void aPadTokenNamedByItsRoleNeedsNoEmbedding() throws IOException {
    beside("added_tokens.json", "{\"[PAD]\": 700}");
    assertThatThrownBy(() -> pieces(PIECES, "")).hasMessageContaining("'[PAD]'");
    beside("special_tokens_map.json", "{\"pad_token\": \"[PAD]\"}");
    ModelTokens tokens = pieces(PIECES, "");
    assertThat(tokens.tokenizer().isSpecial(700)).isTrue();
    assertThat(tokens.tokenizer().encode("[PAD]")).doesNotContain(700);
  }

  /** What transformers 5 saves of Llama's pieces. */
  @Test
  void piecesInATokenizerJsonAreRefusedWithARemedyThatWorks() throws IOException {
    beside(
        "tokenizer.json",
        "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[]},\"model\":{\"type\":\"BPE\","
            + "\"vocab\":{\"a\":0},\"merges\":[]}}");
    assertThatThrownBy(() -> ModelTokens.load(folder, null, config(false, PIECES, "")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining("tokenizer.model of Vicuna 7B v1.5")
        .hasMessageContaining("--tokenizer")
        .hasMessageNotContaining("use the tokenizer.json");
    assertThat(pieces(PIECES, "").begin()).isEqualTo(1); // the remedy
  }

  @Test
  void endTokensBeyondTheVocabularyAreIgnoredBesideOthers() throws IOException {
    assertThat(pieces(PIECES, "\"eos_token_id\":[2,9000],").end()).containsExactly(2);
    assertThatThrownBy(() -> pieces(PIECES, "\"eos_token_id\":[9000],"))
        .hasMessageContaining("eos_token_id: 9000 is outside");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"<box>\": \"x\"}",
        "{\"<box>\": -1}",
        "{\"<box>\": 99999999}",
        "{\"\": 701}",
        "[",
        "7"
      })
  void damagedLists(String content) throws IOException {
    beside("added_tokens.json", content);
    assertThatThrownBy(() -> pieces(PIECES, ""))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(folder.toString());
  }

  /** As long as the embedding has more rows than the tokenizer, as padded ones have. */
  @Test
  void aTokenizerMayBeSmallerThanTheEmbedding() throws IOException {
    assertThat(pieces(PIECES + 68, "").tokenizer().vocabularySize()).isEqualTo(PIECES);
    assertThatThrownBy(() -> pieces(PIECES - 1, ""))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tokenizer.model: vocabulary: has 700 pieces");
  }
}
