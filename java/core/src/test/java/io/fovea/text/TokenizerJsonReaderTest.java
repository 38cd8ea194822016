package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are edited from a sound one: what is refused, and what is passed over. */
class TokenizerJsonReaderTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SpecialTokens SPECIAL = new SpecialTokens(0, 0, 0);

  @TempDir Path folder;

  private final ObjectNode root = (ObjectNode) json(read("/text/llama3.json.gz"));

  @Test
  void theFixtureIsSound() {
    assertThat(load(root).encode("red circle")).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " | ",
      quoteCharacter = '`',
      value = {
        "/model/type | \"Unigram\" | model.type: is 'Unigram'",
        "/model/type | 7 | model.type: is '7'",
        "/model/dropout | 0.1 | model.dropout: is 0.1",
        "/model/continuing_subword_prefix | \"##\" | model.continuing_subword_prefix: is \"##\"",
        "/model/end_of_word_suffix | \"</w>\" | model.end_of_word_suffix: is",
        "/model/vocab | [] | model.vocab: is not an object",
        "/model/vocab/red | \"7\" | model.vocab: gives 'red' no integer",
        "/model/vocab/red | -1 | model.vocab: gives 'red' the id -1 of 1203",
        "/model/vocab/red | 1203 | model.vocab: gives 'red' the id 1203",
        "/model/vocab/red | 5 | model.vocab: gives the id 5 to",
        "/model/vocab/red | 99999999999 | file: is not valid JSON",
        "/model/vocab/the cat | 1203 | model.vocab: token 'the cat' is not spelt",
        "/model/merges | {} | model.merges: is not a list",
        "/model/merges/0 | \"one\" | model.merges[0]: is neither",
        "/model/merges/1 | \"a b c\" | model.merges[1]: is neither",
        "/model/merges/2 | [\"a\"] | model.merges[2]: is neither",
        "/model/merges/2 | [\"a\",\"b\",\"c\"] | model.merges[2]: is neither",
        "/model/merges/2 | 3 | model.merges[2]: is neither",
        "/model/merges/3 | [\"a\",\"¶\"] | model.merges[3]: needs 'a¶', which is not in",
        "/model/merges/3 | [\"龘\",\"a\"] | model.merges[3]: needs '龘', which is not in",
        "/model | [] | model: is not an object",
        "/normalizer | {\"type\":\"NFC\"} | normalizer: is {\"type\":\"NFC\"}",
        "/decoder/type | \"Metaspace\" | decoder: is of type 'Metaspace'",
        "/decoder | null | decoder: is of type ''",
        "/decoder | {\"type\":\"Sequence\",\"decoders\":[]} | decoder: has 0 steps",
        "/normalizer | {\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"}]} | normalizer: is",
        "/pre_tokenizer | null | pre_tokenizer: is of type ''",
        "/pre_tokenizer/type | \"Whitespace\" | pre_tokenizer: is of type 'Whitespace'",
        "/pre_tokenizer/pretokenizers | [] | pre_tokenizer.pretokenizers: has 0 steps",
        "/pre_tokenizer/pretokenizers/0/type | \"Digits\" | pretokenizers[0]: is of type 'Digits'",
        "/pre_tokenizer/pretokenizers/0/behavior | \"Removed\" | pretokenizers[0].behavior: is",
        "/pre_tokenizer/pretokenizers/0/invert | true | pretokenizers[0].invert: is not false",
        "/pre_tokenizer/pretokenizers/0/pattern | {\"String\":\" \"} | [0].pattern: is no regular",
        "/pre_tokenizer/pretokenizers/0/pattern/Regex | \"(a+)+\" | [0].pattern: holds an"
            + " expression",
        "/pre_tokenizer/pretokenizers/1/add_prefix_space | true | [1].add_prefix_space: is not",
        "/added_tokens | {} | added_tokens: is not a list",
        "/added_tokens/0 | 5 | added_tokens[0].id: is no integer",
        "/added_tokens/1/id | 1200.5 | added_tokens[1].id: is no integer",
        "/added_tokens/1/id | 1200 | added_tokens[1]: gives the id 1200 to",
        "/added_tokens/1/id | 7777 | added_tokens[1]: gives '<|end_of_text|>' the id 7777",
        "/added_tokens/1/content | \"\" | added_tokens[1].content: is empty",
        "/added_tokens/1/content | \"<|eot_id|>\" | added_tokens[2].content: repeats",
        "/added_tokens/1/content | \"red\" | added_tokens[1].id: is 1201, in model.vocab it is",
      })
  void whatItDoesNotComputeIsRefused(String pointer, String value, String message) {
    set(root, pointer, json(value.getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> load(root))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("some/tokenizer.json: ")
        .hasMessageContaining(message)
        .hasMessageContaining("use the tokenizer.json published");
  }

  @Test
  void aMissingByteIsRefused() {
    ObjectNode vocabulary = (ObjectNode) root.at("/model/vocab");
    int id = vocabulary.remove("Ġ").intValue();
    vocabulary.put("ĠĠĠĠĠĠĠĠĠĠĠĠĠĠ", id);
    ((ArrayNode) root.at("/model/merges")).removeAll();
    assertThatThrownBy(() -> load(root))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("has no token 'Ġ' for the byte 32");
  }

  @Test
  void aSpecialTokenCannotBeMerged() {
    ObjectNode special = ((ObjectNode) root.at("/added_tokens/0")).deepCopy();
    special.put("content", "red").set("id", root.at("/model/vocab/red"));
    ((ArrayNode) root.get("added_tokens")).add(special);
    assertThatThrownBy(() -> load(root))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("needs 'red', which is special");
  }

  /** Ids as of the tokenizers library 0.23. */
  @Test
  void whiteSpaceAndWordsAroundAddedText() {
    ArrayNode added = (ArrayNode) root.get("added_tokens");
    added.add(addedText(1203, "<tok>", false).put("lstrip", true).put("rstrip", true));
    added.add(addedText(1204, "qz", false).put("single_word", true));
    ByteLevelTokenizer tokenizer = load(root);
    assertThat(tokenizer.encode("circle \n<tok>\t circle"))
        .containsExactly(66, 347, 297, 1203, 66, 347, 297);
    assertThat(tokenizer.encode("<tok>  <tok>")).containsExactly(1203, 1203);
    for (String free : List.of("qz", "(qz)", " qz ", "qz\u00b2")) {
      assertThat(tokenizer.encode(free)).as(free).contains(1204);
    }
    for (String part : List.of("qz_", "\u0661qz", "\u24d0qz", "a\u0301qz", "qz\u200d", "qzqz")) {
      assertThat(tokenizer.encode(part)).as(part).doesNotContain(1204);
    }
  }

  @Test
  void rolesCanBeFoundInText() {
    ByteLevelTokenizer tokenizer = load(root);
    int[] plain = tokenizer.encode("red<|eot_id|>");
    assertThat(tokenizer.encode("red<|eot_id|>", id -> false)).isEqualTo(plain);
    assertThat(tokenizer.encode("red<|eot_id|>", id -> true))
        .containsExactly(tokenizer.id("red").orElseThrow(), 1202);
    assertThat(tokenizer.encode("red<|eot_id|>", id -> id == 1200)).isEqualTo(plain);
  }

  @Test
  void whatChangesNothingIsPassedOver() {
    int[] ids = load(root).encode("Where is the red circle?");
    root.put("version", "9").set("truncation", JSON.createObjectNode().put("max_length", 1));
    root.remove("normalizer");
    root.remove("post_processor");
    ObjectNode model = (ObjectNode) root.get("model");
    model.put("unk_token", "<unk>").put("fuse_unk", true).put("byte_fallback", true);
    model.put("novelty", true).put("cache_capacity", 10_000);
    root.set("normalizer", json("{\"type\":\"Sequence\",\"normalizers\":[]}"));
    root.set(
        "decoder",
        JSON.createObjectNode()
            .put("type", "Sequence")
            .set(
                "decoders",
                JSON.createArrayNode()
                    .add(root.get("decoder"))
                    .add(JSON.createObjectNode().put("type", "Fuse"))));
    ArrayNode steps = (ArrayNode) root.at("/pre_tokenizer/pretokenizers");
    steps.set(
        1,
        JSON.createObjectNode()
            .put("type", "Sequence")
            .set("pretokenizers", JSON.createArrayNode().add(steps.get(1))));
    model.put("dropout", 0.0).put("end_of_word_suffix", "").remove("type");
    assertThat(load(root).encode("Where is the red circle?")).isEqualTo(ids);
  }

  /** Ids of the tokenizers library 0.23: of two kinds, those that are not normalized go first. */
  @Test
  void addedTextOfBothKinds() {
    int[] plain = load(root).encode("Where is the red circle");
    ArrayNode added = (ArrayNode) root.get("added_tokens");
    added.add(addedText(1203, "e?<tok>", true)).add(addedText(1204, "<tok>", false));
    ByteLevelTokenizer tokenizer = load(root);
    int[] ids = tokenizer.encode("Where is the red circle?<tok>");
    assertThat(ids).startsWith(plain).endsWith(1204).hasSize(plain.length + 2);
    assertThat(tokenizer.encode("<tok>e?<tok")).startsWith(1204);
    ((ObjectNode) added.get(added.size() - 1)).put("content", "<other>");
    assertThat(load(root).encode("circle?<tok>")).endsWith(1203);
  }

  private static ObjectNode addedText(int id, String content, boolean normalized) {
    return JSON.createObjectNode()
        .put("id", id)
        .put("content", content)
        .put("normalized", normalized)
        .put("special", false);
  }

  private static JsonNode json(String text) {
    return json(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void mergesAreReadInBothSpellings() {
    int[] ids = load(root).encode("Where is the red circle?");
    ArrayNode merges = (ArrayNode) root.at("/model/merges");
    for (int i = 0; i < merges.size(); i += 2) {
      JsonNode pair = merges.get(i);
      merges.set(
          i, JSON.getNodeFactory().textNode(pair.get(0).asText() + " " + pair.get(1).asText()));
    }
    assertThat(load(root).encode("Where is the red circle?")).isEqualTo(ids);
  }

  @Test
  void sectionsMayComeInAnyOrder() {
    int[] ids = load(root).encode("red circle");
    ObjectNode reversed = JSON.createObjectNode();
    ObjectNode model = JSON.createObjectNode();
    model.set("merges", root.at("/model/merges"));
    model.setAll((ObjectNode) root.get("model"));
    reversed.set("model", model);
    reversed.setAll(root);
    assertThat(load(reversed).encode("red circle")).isEqualTo(ids);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{", "7", "{} {}", "{\"model\": {}, \"model\": {}}", "\u0000", "nul"})
  void whatIsNoJsonObjectIsRefused(String content) {
    assertThatThrownBy(() -> parse(content.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("some/tokenizer.json: ");
  }

  @Test
  void deepNestingIsRefused() {
    String deep = "{\"normalizer\":" + "[".repeat(100_000);
    assertThatThrownBy(() -> parse(deep.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void specialIdsBeyondTheVocabularyAreRefused() {
    assertThatThrownBy(() -> parse(bytes(root), new SpecialTokens(1200, 1203, 0)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("has 1203 tokens; the model's end token is 1203");
  }

  @Test
  void anExpressionThatBacktracksWithoutEndIsStopped() {
    set(
        root,
        "/pre_tokenizer/pretokenizers/0/pattern/Regex",
        json("\" *\\\\s*[ ]*\\\\s*!\"".getBytes(StandardCharsets.UTF_8)));
    ByteLevelTokenizer tokenizer = load(root);
    assertThat(tokenizer.decode(tokenizer.encode("a  !b"))).isEqualTo("a  !b");
    assertThatThrownBy(() -> tokenizer.encode(" ".repeat(5000)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("pre_tokenizer takes too long");
  }

  @Test
  void anOversizedFileIsRefusedBeforeItIsRead() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertThatThrownBy(() -> ByteLevelTokenizer.load(file, SPECIAL))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("1099511627776 bytes");
  }

  @Test
  void theFormatIsToldByNameAndContent() throws IOException {
    byte[] sentencePiece = read("/text/llama.model");
    Path unnamed = Files.write(folder.resolve("some.bin"), bytes(root));
    assertThat(tokenizer(unnamed, TokenizerFormat.SENTENCE_PIECE))
        .isInstanceOf(ByteLevelTokenizer.class);
    Files.write(unnamed, sentencePiece);
    assertThat(tokenizer(unnamed, TokenizerFormat.BYTE_LEVEL))
        .isInstanceOf(SentencePieceTokenizer.class);
  }

  @Test
  void aDirectorysOnlyTokenizerIsTakenOrThePreferredOne() throws IOException {
    assertThatThrownBy(() -> tokenizer(folder, TokenizerFormat.BYTE_LEVEL))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tokenizer.json: tokenizer: is missing");
    Files.write(folder.resolve("tokenizer.json"), bytes(root));
    assertThat(tokenizer(folder, TokenizerFormat.SENTENCE_PIECE))
        .isInstanceOf(ByteLevelTokenizer.class);
    Files.write(folder.resolve("tokenizer.model"), read("/text/llama.model"));
    assertThat(tokenizer(folder, TokenizerFormat.SENTENCE_PIECE))
        .isInstanceOf(SentencePieceTokenizer.class);
    assertThat(tokenizer(folder, TokenizerFormat.BYTE_LEVEL))
        .isInstanceOf(ByteLevelTokenizer.class);
  }

  private static Tokenizer tokenizer(Path path, TokenizerFormat preferred) {
    return Tokenizers.load(path, preferred, SPECIAL);
  }

  private static void set(ObjectNode root, String pointer, JsonNode value) {
    int slash = pointer.lastIndexOf('/');
    JsonNode parent = root.at(pointer.substring(0, slash));
    String key = pointer.substring(slash + 1);
    if (parent instanceof ArrayNode list) {
      list.set(Integer.parseInt(key), value);
    } else {
      ((ObjectNode) parent).set(key, value);
    }
  }

  private static ByteLevelTokenizer load(JsonNode root) {
    return parse(bytes(root));
  }

  private static ByteLevelTokenizer parse(byte[] content) {
    return parse(content, SPECIAL);
  }

  private static ByteLevelTokenizer parse(byte[] content, SpecialTokens special) {
    return ByteLevelTokenizer.parse(Path.of("some/tokenizer.json"), content, special);
  }

  private static byte[] bytes(JsonNode root) {
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode json(byte[] content) {
    try {
      return JSON.readTree(content);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static byte[] read(String resource) {
    return TestModels.bytes(resource);
  }
}
