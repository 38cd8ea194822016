package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OFA's form of tokenizer, with a small vocabulary; and what is refused of its files. */
class Gpt2TokenizerTest {
  private static final SpecialTokens NONE = new SpecialTokens(-1, -1, -1);
  private static final String GOLDENS = "/goldens/traces/ofa/";
  private static final Path FILE = Path.of("some/vocab.json");
  private static final int WORDS = 429; // ids of vocab.json
  private static final int CODES = 16;
  private static final int BIN_0 = WORDS + CODES;

  @TempDir Path folder;

  private final String vocabulary = text("layouts/bin/vocab.json");
  private final List<String> merges = text("layouts/bin/merges.txt").lines().toList();
  private final ByteLevelTokenizer tokenizer = parse(vocabulary, merges, bins(BIN_0));

  @Test
  void textIsTheReferencesIds() {
    List<JsonNode> cases = TestModels.cases(GOLDENS + "encode.jsonl.gz");
    assertThat(cases).hasSize(712);
    for (JsonNode golden : cases) {
      String text = golden.get("text").textValue();
      int[] ids = TestModels.ids(golden);
      assertThat(tokenizer.encode(text)).as(golden.toString()).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).as(golden.toString()).isEqualTo(text);
    }
  }

  @Test
  void everyTextSurvives() {
    RandomText texts = new RandomText(7);
    for (int i = 0; i < 3000; i++) {
      String text = new String(Utf8.encode(texts.next()), StandardCharsets.UTF_8);
      int[] ids = tokenizer.encode(text);
      assertThat(tokenizer.decode(ids)).as("string %d", i).isEqualTo(text);
      StreamingDetokenizer stream = tokenizer.detokenizer();
      StringBuilder streamed = new StringBuilder();
      Arrays.stream(ids).mapToObj(stream::append).forEach(streamed::append);
      assertThat(streamed.append(stream.flush())).as("string %d", i).hasToString(text);
    }
  }

  @Test
  void codesAndBinsFollowTheVocabulary() {
    assertThat(tokenizer.vocabularySize()).isEqualTo(WORDS + CODES + 1000);
    assertThat(tokenizer.id("<mask>")).hasValue(WORDS - 1);
    assertThat(tokenizer.id("<code_0>")).hasValue(WORDS);
    assertThat(tokenizer.id("<code_15>")).hasValue(BIN_0 - 1);
    assertThat(tokenizer.id("<code_16>")).isEmpty();
    assertThat(tokenizer.id("<bin_0>")).hasValue(BIN_0);
    assertThat(tokenizer.id("<bin_999>")).hasValue(BIN_0 + 999);
    assertThat(tokenizer.piece(BIN_0 + 104)).isEqualTo("<bin_104>");
    int[] special =
        IntStream.range(0, tokenizer.vocabularySize()).filter(tokenizer::isSpecial).toArray();
    assertThat(special).containsExactly(0, 1, 2, 3, WORDS - 1);
  }

  @Test
  void rolesAreTheCallersOrTheFiles() {
    assertThat(List.of(tokenizer.bos(), tokenizer.eos(), tokenizer.pad())).containsExactly(0, 2, 1);
    Tokenizer given =
        ByteLevelTokenizer.parseGpt2(
            FILE, utf8(vocabulary), utf8(merges), new SpecialTokens(5, 6, 7), List.of());
    assertThat(List.of(given.bos(), given.eos(), given.pad())).containsExactly(5, 6, 7);
    assertThat(given.vocabularySize()).as("no codes without bins").isEqualTo(WORDS);
  }

  @Test
  void textHasNoTokensWithARoleNorBins() {
    String text = "<s><bin_7> <code_3></s><mask>";
    int[] ids = tokenizer.encode(text);
    assertThat(ids).isEqualTo(tokenizer.encode(text, id -> true));
    assertThat(Arrays.stream(ids)).allMatch(id -> id < WORDS).noneMatch(tokenizer::isSpecial);
    assertThat(tokenizer.decode(ids)).isEqualTo(text);
  }

  @Test
  void spacesPartBinsFromWhatIsBeforeThem() {
    int[] bins = {BIN_0 + 104, BIN_0 + 251, BIN_0 + 604, BIN_0 + 873};
    assertThat(tokenizer.decode(bins)).isEqualTo("<bin_104> <bin_251> <bin_604> <bin_873>");
    assertThat(decoded(new int[] {0, BIN_0 + 1}, tokenizer.encode(" cat"), bins, new int[] {2}))
        .isEqualTo("<bin_1> cat <bin_104> <bin_251> <bin_604> <bin_873>");
    assertThat(decoded(tokenizer.encode("cat\n"), new int[] {WORDS + 15, BIN_0}))
        .isEqualTo("cat\n<code_15> <bin_0>");
    int half = tokenizer.encode("猫")[0];
    assertThat(tokenizer.decode(half, BIN_0, half)).isEqualTo("\ufffd <bin_0>\ufffd");
  }

  private String decoded(int[]... parts) {
    return tokenizer.decode(Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray());
  }

  @Test
  void contractionsAreInSmallLetters() {
    List<String> more = new ArrayList<>(merges);
    more.add("' s");
    more.add("' S");
    String words = vocabulary.replace("\"madeupword0000\"", "\"'s\"");
    Tokenizer both = parse(words.replace("\"madeupword0001\"", "\"'S\""), more, List.of());
    assertThat(pieces(both, "x's")).containsExactly("x", "'s");
    assertThat(pieces(both, "!'s")).as("of signs").containsExactly("!", "'", "s");
    assertThat(pieces(both, "x'S")).as("a sign, a word").containsExactly("x", "'", "S");
  }

  @Test
  void mergesAreMadeByTheirPlaceInTheFile() {
    List<String> backwards = new ArrayList<>(merges.subList(1, merges.size()));
    Collections.reverse(backwards);
    String text = " Where is the answer to the question?";
    Tokenizer other = parse(vocabulary, backwards, List.of());
    assertThat(other.encode(text)).isNotEqualTo(tokenizer.encode(text));
    assertThat(other.decode(other.encode(text))).isEqualTo(text);
    List<String> bare = merges.subList(1, merges.size());
    assertThat(parse(vocabulary, bare, List.of()).encode(text)).isEqualTo(tokenizer.encode(text));
  }

  @Test
  void tokensThatFilesRepeatAreTakenOnce() {
    List<ExtraToken> extra = new ArrayList<>(bins(BIN_0));
    extra.addAll(bins(BIN_0));
    extra.add(new ExtraToken(2, "</s>", false));
    extra.add(new ExtraToken(WORDS, "<code_0>", false));
    IntStream.range(1, CODES)
        .mapToObj(i -> new ExtraToken(WORDS + i, "<code_" + i + ">", false))
        .forEach(extra::add);
    assertThat(parse(vocabulary, merges, extra).id("<code_15>")).hasValue(BIN_0 - 1);
  }

  @ParameterizedTest
  @CsvSource({
    "a, line 3: is not two tokens",
    "a b c, line 3: is not two tokens",
    "' b', line 3: is not two tokens",
    "'a ', line 3: is not two tokens",
    "a  b, line 3: is not two tokens",
    "a 猫, 'line 3: needs ''猫'', which is not in vocabulary'",
    "a 龘a, 'line 3: needs ''龘a'', which is not in vocabulary'",
    "< s>, 'line 3: needs ''s>'', which is not in vocabulary'",
  })
  void damagedMergesAreRefused(String line, String message) {
    List<String> damaged = new ArrayList<>(merges);
    damaged.set(2, line);
    assertThatThrownBy(() -> parse(vocabulary, damaged, List.of()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("some/merges.txt: " + message)
        .hasMessageEndingWith(Gpt2Reader.REMEDY);
  }

  @Test
  void emptyOrForeignMergesAreRefused() {
    assertThatThrownBy(() -> parse(vocabulary, List.of("#version: 0.2"), List.of()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("some/merges.txt: file: has no merges");
    byte[] latin = {'a', ' ', (byte) 0xE9};
    assertThatThrownBy(
            () -> ByteLevelTokenizer.parseGpt2(FILE, utf8(vocabulary), latin, NONE, List.of()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("some/merges.txt: file: is not UTF-8");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"<mask>\": 428', '\"<mask>\": 7', gives the id 7 to",
    "'\"<mask>\": 428', '\"<mask>\": 429', 'gives ''<mask>'' the id 429 of 429'",
    "'\"<mask>\": 428', '\"<mask>\": -1', 'gives ''<mask>'' the id -1 of 429'",
    "'\"<mask>\": 428', '\"<mask>\": 99999999999', is not valid JSON: Numeric value",
    "'\"<mask>\": 428', '\"<mask>\": \"428\"', 'gives ''<mask>'' no integer as its id'",
    "'\"<mask>\": 428', '\"<pad>\": 428', is not valid JSON: Duplicate field",
    "'\"<mask>\": 428', '\"masked\": 428', 'has no token ''<mask>'''",
    "'\"<pad>\"', '\"pad\"', 'has no token ''<pad>'''",
    "'\"0\":', '\"00\":', 'has no token ''0'' for the byte 48'",
    "'\"madeupword0000\"', '\"made up\"', 'token ''made up'' is not spelt in the byte-level'",
    "'{', '[', is not a JSON object",
    "'}', '', is not valid JSON",
    "'}', '} {}', goes on after the end",
  })
  void damagedVocabulariesAreRefused(String sound, String damaged, String message) {
    int at = sound.equals("}") ? vocabulary.lastIndexOf('}') : vocabulary.indexOf(sound);
    assertThat(at).isNotNegative();
    String changed =
        vocabulary.substring(0, at) + damaged + vocabulary.substring(at + sound.length());
    refused(changed, List.of(), message);
  }

  @Test
  void extraTokensMustFollowTheVocabulary() {
    refused(vocabulary, bins(WORDS - 1), "gives the id 428 to '<mask>' and '<bin_0>'");
    refused(vocabulary, bins(Integer.MAX_VALUE - 999), "is followed by the id 2147482648");
    List<ExtraToken> gap = new ArrayList<>(bins(BIN_0));
    gap.remove(5);
    refused(vocabulary, gap, "gives '<bin_999>' the id 1444 of 1444");
    List<ExtraToken> twice = new ArrayList<>(bins(BIN_0));
    twice.add(new ExtraToken(BIN_0 + 1000, "<bin_3>", false));
    refused(vocabulary, twice, "token '<bin_3>'.content: repeats '<bin_3>'");
    List<ExtraToken> moved = List.of(new ExtraToken(WORDS, "</s>", true));
    refused(vocabulary, moved, "token '</s>'.id: is 429, in vocabulary it is 2");
    List<ExtraToken> word = List.of(new ExtraToken(WORDS, "her", false));
    refused(vocabulary, word, "token 'her'.id: is 429, in vocabulary it is 4");
  }

  @Test
  void aDirectoryHasBothFiles() throws IOException {
    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(folder.resolve("vocab.json") + ": tokenizer: is missing")
        .hasMessageContaining("qwen.tiktoken or vocab.json");
    Files.writeString(folder.resolve("vocab.json"), vocabulary);
    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(folder.resolve("merges.txt") + ": file: is missing")
        .hasMessageEndingWith("put the merges.txt published with the model beside its vocab.json");
    Files.write(folder.resolve("merges.txt"), merges);
    String text = " Where is the cat?";
    assertThat(load(folder).encode(text)).isEqualTo(tokenizer.encode(text));
    assertThat(load(folder).id("<bin_999>")).hasValue(BIN_0 + 999);
    Files.writeString(folder.resolve("merges.txt"), "version https://git-lfs.github.com/spec/v1");
    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(folder.resolve("merges.txt") + ": file: is a Git LFS pointer");
  }

  @Test
  void theFormatIsToldByNameOrContent() throws IOException {
    Files.write(folder.resolve("merges.txt"), merges);
    Path unnamed = Files.writeString(folder.resolve("words"), vocabulary);
    assertThat(load(unnamed).vocabularySize()).isEqualTo(tokenizer.vocabularySize());
    Path broken = Files.writeString(folder.resolve("vocab.json"), "{\"");
    assertThatThrownBy(() -> load(broken))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("is not valid JSON")
        .hasMessageEndingWith(Gpt2Reader.REMEDY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vocab.json", "merges.txt"})
  void oversizedFilesAreRefusedBeforeTheyAreRead(String name) throws IOException {
    Files.writeString(folder.resolve("vocab.json"), vocabulary);
    Files.write(folder.resolve("merges.txt"), merges);
    try (RandomAccessFile sparse = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith(folder.resolve(name) + ": size: 1099511627776 bytes");
  }

  /** Splitting and merging are about linear: quadratic ones would need hours. */
  @ParameterizedTest
  @ValueSource(strings = {"a", " ", "1", "\n", "'", "'s", "<bin_", "龘", "the "})
  void aMegabyteTakesSeconds(String unit) {
    String text = unit.repeat((1 << 20) / unit.length());
    int[] ids = Assertions.assertTimeout(Duration.ofSeconds(10), () -> tokenizer.encode(text));
    assertThat(tokenizer.decode(ids)).isEqualTo(text);
  }

  private static void refused(String vocabulary, List<ExtraToken> extra, String message) {
    List<String> merges = text("layouts/bin/merges.txt").lines().toList();
    assertThatThrownBy(() -> parse(vocabulary, merges, extra))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("some/vocab.json: ")
        .hasMessageContaining(message)
        .hasMessageEndingWith(Gpt2Reader.REMEDY);
  }

  private static List<String> pieces(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::piece).toList();
  }

  private Tokenizer load(Path path) {
    return Tokenizers.load(path, TokenizerFormat.GPT2, NONE, bins(BIN_0));
  }

  private static List<ExtraToken> bins(int first) {
    return IntStream.range(0, 1000)
        .mapToObj(k -> new ExtraToken(first + k, "<bin_" + k + ">", false))
        .toList();
  }

  private static ByteLevelTokenizer parse(
      String vocabulary, List<String> merges, List<ExtraToken> extra) {
    return ByteLevelTokenizer.parseGpt2(FILE, utf8(vocabulary), utf8(merges), NONE, extra);
  }

  private static String text(String file) {
    return new String(TestModels.bytes(GOLDENS + file), StandardCharsets.UTF_8);
  }

  private static byte[] utf8(List<String> lines) {
    return utf8(String.join("\n", lines) + "\n");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
