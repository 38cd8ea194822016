package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Qwen-VL's form of tokenizer, with a small vocabulary; and what is refused of its files. */
class TiktokenTokenizerTest {
  private static final SpecialTokens NONE = new SpecialTokens(-1, -1, -1);
  private static final String FILE = "/goldens/text/tiktoken/tiny.tiktoken";
  private static final int RANKS = 700;

  @TempDir Path folder;

  private final MarkupTokenizer tokenizer = TestModels.markup("tiktoken");
  private final List<String> lines =
      new String(TestModels.bytes(FILE), StandardCharsets.US_ASCII).lines().toList();

  @Test
  void tokensGoOnAfterTheRanks() {
    assertThat(tokenizer.vocabularySize()).isEqualTo(RANKS + 217);
    assertThat(tokenizer.id("<|endoftext|>")).hasValue(RANKS);
    assertThat(tokenizer.id("<|im_start|>")).hasValue(RANKS + 1);
    assertThat(tokenizer.id("<|im_end|>")).hasValue(RANKS + 2);
    assertThat(tokenizer.id("<|extra_0|>")).hasValue(RANKS + 3);
    assertThat(tokenizer.id("<|extra_204|>")).hasValue(RANKS + 207);
    assertThat(tokenizer.id("<ref>")).hasValue(RANKS + 208);
    assertThat(tokenizer.id("</box>")).hasValue(RANKS + 211);
    assertThat(tokenizer.id("<img>")).hasValue(RANKS + 214);
    assertThat(tokenizer.id("<imgpad>")).hasValue(RANKS + 216);
    int[] special =
        IntStream.range(0, tokenizer.vocabularySize()).filter(tokenizer::isSpecial).toArray();
    assertThat(special).isEqualTo(IntStream.range(RANKS, RANKS + 208).toArray());
  }

  @Test
  void rolesAreTheCallersOrQwens() {
    assertThat(tokenizer.bos()).isEqualTo(SpecialTokens.NONE);
    assertThat(tokenizer.eos()).isEqualTo(RANKS);
    assertThat(tokenizer.pad()).isEqualTo(RANKS + 216);
    Tokenizer given = parse(lines, new SpecialTokens(1, 2, 3));
    assertThat(List.of(given.bos(), given.eos(), given.pad())).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> parse(lines, new SpecialTokens(-1, RANKS + 217, -1)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("the model's end token is 917");
  }

  @Test
  void chatTextHasMarkupAndNoRoles() {
    String text = "<|im_start|><ref>x</ref><box>(1,2),(3,4)</box><|im_end|>";
    int[] ids = tokenizer.encode(text);
    assertThat(Arrays.stream(ids)).noneMatch(tokenizer::isSpecial);
    assertThat(ids).contains(RANKS + 208, RANKS + 209, RANKS + 210, RANKS + 211);
    assertThat(tokenizer.decode(ids)).isEqualTo(text);
    assertThat(tokenizer.encode(text, id -> true)).startsWith(RANKS + 1).endsWith(RANKS + 2);
    assertThat(Arrays.stream(tokenizer.encode(text, id -> false))).allMatch(id -> id < RANKS);
  }

  @Test
  void digitsAreTokensByThemselves() {
    int[] ids = tokenizer.encode("(588,499),(725,789)");
    assertThat(Arrays.stream(ids).mapToObj(tokenizer::piece).filter(p -> p.matches("\\d+")))
        .containsExactly("5", "8", "8", "4", "9", "9", "7", "2", "5", "7", "8", "9");
  }

  @Test
  void textIsComposedFirst() {
    assertThat(tokenizer.encode("e\u0301")).isEqualTo(tokenizer.encode("\u00e9"));
    assertThat(tokenizer.encode("<ref>\u0338"))
        .as("the mark makes another character of the bracket")
        .doesNotContain(RANKS + 208);
  }

  @Test
  void rolesVanishFromDecodedText() {
    int a = tokenizer.id("a").orElseThrow();
    assertThat(tokenizer.decode(RANKS, a, RANKS + 1, RANKS + 208)).isEqualTo("a<ref>");
  }

  @Test
  void everyComposedTextSurvives() {
    RandomText texts = new RandomText(6);
    for (int i = 0; i < 3000; i++) {
      String text = ComposedText.of(new String(Utf8.encode(texts.next()), StandardCharsets.UTF_8));
      assertThat(tokenizer.decode(tokenizer.encode(text))).as("string %d", i).isEqualTo(text);
    }
  }

  @Test
  void ranksMayComeInAnyOrder() {
    List<String> shuffled = lines.stream().collect(Collectors.toList());
    Collections.shuffle(shuffled, new Random(1));
    shuffled.add("");
    String text = "Where is the <box>red</box> circle?";
    assertThat(parse(shuffled, NONE).encode(text)).isEqualTo(tokenizer.encode(text));
  }

  @ParameterizedTest
  @CsvSource({
    "QQ==, line 3: is not a token in base 64",
    "QQ== 1 2, line 3: is not a token in base 64",
    "QQ== -1, line 3: is not a token in base 64",
    "QQ== 99999999999, line 3: is not a token in base 64",
    "Q*== 2, line 3: is not base 64",
    "' 2', line 3: has a token of 0 bytes",
    "QQ== 700, line 3: has the rank 700 of 700",
    "QQ== 1, line 3: has the rank 1 again",
  })
  void damagedLinesAreRefused(String line, String message) {
    List<String> damaged = lines.stream().collect(Collectors.toList());
    damaged.set(2, line);
    refused(damaged, message);
  }

  @Test
  void damagedVocabulariesAreRefused() {
    refused(List.of(), "has no token for the byte 0");
    List<String> repeated = lines.stream().collect(Collectors.toList());
    repeated.set(300, repeated.get(299).split(" ")[0] + " 300");
    refused(repeated, "rank 300: repeats a token");
    String longest = Base64.getEncoder().encodeToString(new byte[1025]);
    repeated.set(300, longest + " 300");
    refused(repeated, "has a token of 1025 bytes");
    List<String> without = lines.stream().collect(Collectors.toList());
    without.set(0, "QUFBQUFBQUFB " + lines.get(0).split(" ")[1]);
    refused(without, "has no token for the byte");
  }

  @Test
  void anOversizedFileIsRefusedBeforeItIsRead() throws IOException {
    Path file = folder.resolve("qwen.tiktoken");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertThatThrownBy(() -> ByteLevelTokenizer.loadTiktoken(file, NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("1099511627776 bytes");
    assertThatThrownBy(() -> ByteLevelTokenizer.loadTiktoken(folder.resolve("none"), NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("put the model's qwen.tiktoken there");
  }

  @Test
  void everyFormatIsToldByNameOrContent() throws IOException {
    byte[] unigram = TestModels.bytes("/goldens/text/unigram/tiny.json.gz");
    Path file = folder.resolve("any");
    Files.write(file, unigram);
    assertThat(load(file)).isInstanceOf(UnigramTokenizer.class);
    Files.write(file, TestModels.bytes(FILE));
    assertThat(load(file)).isInstanceOf(ByteLevelTokenizer.class);
    Files.delete(file);
    Files.write(folder.resolve("qwen.tiktoken"), TestModels.bytes(FILE));
    assertThat(load(folder)).isInstanceOf(ByteLevelTokenizer.class);
    Files.write(folder.resolve("tokenizer.json"), unigram);
    assertThat(load(folder)).as("the preferred one").isInstanceOf(UnigramTokenizer.class);
    Files.write(folder.resolve("tokenizer.json"), new byte[] {'{', '"'});
    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("is not valid JSON");
  }

  private static Tokenizer load(Path path) {
    return Tokenizers.load(path, TokenizerFormat.UNIGRAM, NONE);
  }

  @Test
  void tooManyMarksOnOneLetterAreRefused() {
    String many = "a" + "\u0323\u0301".repeat(400);
    assertThat(tokenizer.decode(tokenizer.encode(many)).length()).isGreaterThan(700);
    String tooMany = "a" + "\u0301\u0323".repeat(501);
    assertThatThrownBy(() -> tokenizer.encode(tooMany))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("combining marks");
  }

  /** Composing, splitting and merging are about linear: quadratic ones would need hours. */
  @ParameterizedTest
  @ValueSource(strings = {"a", " ", "1", "\n", "e\u0301", "<|im_start|", "<ref", "龘", "the "})
  void aMegabyteTakesSeconds(String unit) {
    String text = unit.repeat((1 << 20) / unit.length());
    int[] ids = Assertions.assertTimeout(Duration.ofSeconds(10), () -> tokenizer.encode(text));
    assertThat(tokenizer.decode(ids)).isEqualTo(ComposedText.of(text));
  }

  @Test
  void aMegabyteOfMarksTakesSeconds() {
    String text = ("a" + "\u0301\u0323".repeat(499)).repeat(1000);
    int[] ids = Assertions.assertTimeout(Duration.ofSeconds(10), () -> tokenizer.encode(text));
    assertThat(tokenizer.decode(ids)).isEqualTo(ComposedText.of(text));
  }

  private static void refused(List<String> lines, String message) {
    assertThatThrownBy(() -> parse(lines, NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("some/qwen.tiktoken: ")
        .hasMessageContaining(message)
        .hasMessageEndingWith("use the qwen.tiktoken published with the model");
  }

  private static ByteLevelTokenizer parse(List<String> lines, SpecialTokens special) {
    byte[] content = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    return ByteLevelTokenizer.parseTiktoken(Path.of("some/qwen.tiktoken"), content, special);
  }
}
