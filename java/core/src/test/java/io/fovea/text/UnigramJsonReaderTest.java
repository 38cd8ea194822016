package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are edited from a sound one: what is refused, and what is passed over. */
class UnigramJsonReaderTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SpecialTokens SPECIAL = new SpecialTokens(0, 2, 1);
  private static final String TEXT = "Where is the  red circle? ﬁ 猫 ";

  @TempDir Path folder;

  private final ObjectNode root =
      (ObjectNode) json(new String(TestModels.bytes("/text/unigram.json"), StandardCharsets.UTF_8));

  @ParameterizedTest
  @CsvSource(
      delimiterString = " | ",
      quoteCharacter = '`',
      value = {
        "/model/type | \"BPE\" | model.type: is 'BPE'",
        "/model | [] | model: is not an object",
        "/model/vocab | {} | model.vocab: is not a list",
        "/model/vocab | [] | model.unk_id: is 3 of 0 pieces",
        "/model/vocab/7 | \"a\" | model.vocab[7]: is no pair",
        "/model/vocab/7 | [] | model.vocab[7]: is no pair",
        "/model/vocab/7 | [\"a\"] | model.vocab[7]: is no pair",
        "/model/vocab/7 | [\"a\",\"b\"] | model.vocab[7]: is no pair",
        "/model/vocab/7 | [\"a\",-1,2] | model.vocab[7]: is no pair",
        "/model/vocab/7 | [1,2] | model.vocab[7]: is no pair",
        "/model/unk_id | null | model.unk_id: is no integer",
        "/model/unk_id | -1 | model.unk_id: is -1 of",
        "/model/unk_id | 5000 | model.unk_id: is 5000 of",
        "/model/byte_fallback | true | model.byte_fallback: is not false",
        "/normalizer | {\"type\":\"NFKC\"} | normalizer[0]: is of type 'NFKC'",
        "/normalizer/normalizers/0/precompiled_charsmap | \"*\" | charsmap: is not base 64",
        "/normalizer/normalizers/0/precompiled_charsmap | \"AAAA\" | charsmap: its trie does not",
        "/normalizer/normalizers/0/precompiled_charsmap | \"\" | charsmap: its trie does not",
        "/normalizer/normalizers/2/pattern | {\"String\":\" \"} | normalizer[2].pattern: is {",
        "/normalizer/normalizers/2/pattern | {\"Regex\":\"a+\"} | normalizer[2].pattern: is {",
        "/normalizer/normalizers/2/content | 1 | normalizer[2].content: is no text",
        "/pre_tokenizer | null | pre_tokenizer: is of type ''",
        "/pre_tokenizer/type | \"ByteLevel\" | pre_tokenizer: is of type 'ByteLevel', not",
        "/pre_tokenizer/replacement | \"_\" | pre_tokenizer.replacement: is '_'",
        "/pre_tokenizer/prepend_scheme | \"first\" | pre_tokenizer.prepend_scheme: is 'first'",
        "/pre_tokenizer/add_prefix_space | false | pre_tokenizer.prepend_scheme: is 'always'",
        "/pre_tokenizer | {\"type\":\"Sequence\",\"pretokenizers\":[]} | pre_tokenizer: has 0 steps",
        "/pre_tokenizer | {\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\"},"
            + "{\"type\":\"Metaspace\"}]} | pre_tokenizer[0]: is of type 'Digits'",
        "/decoder | null | decoder: is of type ''",
        "/decoder/prepend_scheme | \"never\" | decoder.prepend_scheme: is not that of pre_tokenizer",
        "/decoder | {\"type\":\"Sequence\",\"decoders\":[]} | decoder: has 0 steps",
        "/added_tokens/0/id | 9 | added_tokens[0].id: is 9, in model.vocab it is 0",
        "/added_tokens/5/id | 9000 | added_tokens[5].id: is 9000, of",
        "/added_tokens/5/id | 4 | added_tokens[5].id: is 4, of",
        "/added_tokens/5/id | 400 | added_tokens[5].id: is 400, of",
        "/added_tokens/5/content | \"<tool>\" | added_tokens[5].content: repeats '<tool>'",
        "/added_tokens/7/content | \"\\u0001\" | added_tokens[7].content: is normalised to nothing",
      })
  void whatItDoesNotComputeIsRefused(String pointer, String value, String message) {
    set(pointer, json(value));
    assertThatThrownBy(() -> load(root))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("some/tokenizer.json: ")
        .hasMessageContaining(message)
        .hasMessageContaining("use the tokenizer.json published");
  }

  @Test
  void whatChangesNothingIsPassedOver() {
    int[] ids = load(root).encode(TEXT);
    String decoded = load(root).decode(ids);
    root.put("version", "9").putNull("truncation");
    root.set("post_processor", json("{\"type\":\"TemplateProcessing\"}"));
    ObjectNode model = (ObjectNode) root.get("model");
    model.set("novelty", json("[[1]]"));
    model.remove("byte_fallback");
    for (String section : new String[] {"pre_tokenizer", "decoder"}) { // as older files have it
      ObjectNode metaspace = (ObjectNode) root.get(section);
      metaspace.remove("prepend_scheme");
      metaspace.put("add_prefix_space", true);
    }
    assertThat(load(root).encode(TEXT)).isEqualTo(ids);
    ObjectNode sequence = JSON.createObjectNode().put("type", "Sequence");
    sequence.set(
        "decoders",
        JSON.createArrayNode().add(json("{\"type\":\"Fuse\"}")).add(root.get("decoder")));
    root.set("decoder", sequence);
    assertThat(load(root).decode(ids)).isEqualTo(decoded);
  }

  /** As the library has it. */
  @Test
  void ofARepeatedPieceTheLastCounts() {
    ArrayNode vocabulary = (ArrayNode) root.at("/model/vocab");
    vocabulary.set(20, json("[\"xyzzy\", -9]"));
    vocabulary.set(21, json("[\"xyzzy\", -1]"));
    UnigramTokenizer tokenizer = load(root);
    assertThat(tokenizer.id("xyzzy")).hasValue(21);
    assertThat(tokenizer.encode("xyzzy")).endsWith(21);
  }

  @Test
  void withoutANormalizerTextStaysAsItIs() {
    root.putNull("normalizer");
    int[] ids = load(root).encode("ﬁ");
    assertThat(ids).contains(load(root).id("ﬁ").orElseThrow());
  }

  @Test
  void aVocabularyThatMakesEveryTextSlowIsStopped() {
    ArrayNode vocabulary = (ArrayNode) root.at("/model/vocab");
    ((ArrayNode) root.get("added_tokens")).removeAll();
    for (int length = 100; length < 20_000; length += 100) {
      vocabulary.add(JSON.createArrayNode().add("a".repeat(length)).add(-1));
    }
    refusedInTime("vocabulary takes too long");
  }

  @Test
  void anAddedTokenThatMakesEveryTextSlowIsStopped() {
    ((ObjectNode) root.at("/added_tokens/5")).put("content", "a".repeat(100_000) + "b");
    refusedInTime("added_tokens takes too long");
  }

  private void refusedInTime(String message) {
    UnigramTokenizer tokenizer = load(root);
    String text = "a".repeat(1 << 20);
    Assertions.assertTimeout(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> tokenizer.encode(text))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message));
  }

  @Test
  void anOversizedFileIsRefusedBeforeItIsRead() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertThatThrownBy(() -> UnigramTokenizer.load(file, SPECIAL))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("1099511627776 bytes");
  }

  private void set(String pointer, JsonNode value) {
    int slash = pointer.lastIndexOf('/');
    JsonNode parent = root.at(pointer.substring(0, slash));
    String key = pointer.substring(slash + 1);
    if (parent instanceof ArrayNode list) {
      list.set(Integer.parseInt(key), value);
    } else {
      ((ObjectNode) parent).set(key, value);
    }
  }

  private static UnigramTokenizer load(JsonNode root) {
    byte[] content = root.toString().getBytes(StandardCharsets.UTF_8);
    return UnigramTokenizer.parse(Path.of("some/tokenizer.json"), content, SPECIAL);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }
}
