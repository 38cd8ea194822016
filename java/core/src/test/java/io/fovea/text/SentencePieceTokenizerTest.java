package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentencePieceTokenizerTest {
  private final SentencePieceTokenizer tokenizer = TestModels.load("/text/llama.model");

  @Test
  void theEmptyTextHasNoTokens() {
    assertThat(tokenizer.encode("")).isEmpty();
    assertThat(tokenizer.decode()).isEmpty();
  }

  @Test
  void aTextBeginsWithTheDummySpaceAndHasNoBeginOrEndToken() {
    int[] ids = tokenizer.encode("Where");
    assertThat(ids).containsExactly(tokenizer.id("▁Where").orElseThrow());
    assertThat(tokenizer.encode(" Where")).hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"<s>", "</s>", "<unk>", "<pad>", "a</s>b", "<0x41>", "</s></s>"})
  void textThatLooksLikeASpecialTokenStaysText(String text) {
    int[] ids = tokenizer.encode(text);
    assertThat(Arrays.stream(ids)).noneMatch(tokenizer::isSpecial);
    assertThat(tokenizer.decode(ids)).isEqualTo(text);
  }

  @Test
  void aLoneSurrogateIsTheReplacementCharacter() {
    assertThat(tokenizer.encode("a\uD83Db")).isEqualTo(tokenizer.encode("a\uFFFDb"));
    assertThat(tokenizer.encode("\uDE00\uD83D")).isEqualTo(tokenizer.encode("\uFFFD\uFFFD"));
    assertThat(tokenizer.encode("\uD83D\uDE00")).isNotEqualTo(tokenizer.encode("\uFFFD\uFFFD"));
  }

  @Test
  void everyDigitIsATokenOfItsOwn() {
    int[] digits = "042,999".chars().map(c -> tokenizer.id("" + (char) c).orElseThrow()).toArray();
    int[] ids = tokenizer.encode("x042,999");
    assertThat(Arrays.copyOfRange(ids, ids.length - 7, ids.length)).isEqualTo(digits);
  }

  @Test
  void rolesAreReadFromTheModel() {
    assertThat(tokenizer.unknown()).isZero();
    assertThat(tokenizer.bos()).isEqualTo(1);
    assertThat(tokenizer.eos()).isEqualTo(2);
    assertThat(tokenizer.pad()).as("without a pad piece").isEqualTo(tokenizer.unknown());
    assertThat(TestModels.load("/text/bare.model").pad()).isEqualTo(3);
  }

  @Test
  void specialTokensAreThoseWithoutText() {
    int[] special =
        IntStream.range(0, tokenizer.vocabularySize()).filter(tokenizer::isSpecial).toArray();
    assertThat(special).containsExactly(0, 1, 2);
  }

  @Test
  void piecesAndIdsAreInverse() {
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      assertThat(tokenizer.id(tokenizer.piece(id))).hasValue(id);
    }
    assertThat(tokenizer.id("no such piece")).isEmpty();
    assertThat(tokenizer.id("")).isEmpty();
  }

  @Test
  void bytesAreWhatAPieceAddsToTheText() {
    assertThat(text(tokenizer.id("▁Where").orElseThrow())).isEqualTo(" Where");
    assertThat(tokenizer.bytes(tokenizer.id("<0xF0>").orElseThrow())).containsExactly(0xF0);
    assertThat(tokenizer.bytes(tokenizer.eos())).isEmpty();
    assertThat(text(tokenizer.unknown())).isEqualTo(" ⁇ ");
    assertThat(text(TestModels.load("/text/unused.model"), 0)).isEqualTo("<?>");
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    int outside = tokenizer.vocabularySize();
    assertThatThrownBy(() -> tokenizer.piece(outside))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tokenizer.bytes(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tokenizer.isSpecial(outside))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void withoutByteFallbackARunOfUnknownCharactersIsOneToken() {
    SentencePieceTokenizer nmt = TestModels.load("/text/nmt.model.gz");
    int[] ids = nmt.encode("red 龘龘龘 red");
    assertThat(Arrays.stream(ids).filter(id -> id == nmt.unknown()).count()).isEqualTo(1);
  }

  @Test
  void userDefinedSymbolsAreNeverSplitOrMerged() {
    SentencePieceTokenizer nmt = TestModels.load("/text/nmt.model.gz");
    int symbol = nmt.id("<img>").orElseThrow();
    assertThat(nmt.encode("red<img>red")).contains(symbol);
    assertThat(nmt.isSpecial(symbol)).isFalse();
  }

  @Test
  void aTextBeyondTheLimitIsRefused() {
    String huge = "a".repeat((1 << 24) + 1);
    assertThatThrownBy(() -> tokenizer.encode(huge))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("16777217 characters");
  }

  /** Merging is O(n log n): a quadratic one would need hours for these. */
  @ParameterizedTest
  @ValueSource(strings = {" ", "e", "red circle ", "龘", "Where is the 😀? "})
  void aMegabyteTakesSeconds(String unit) {
    int repeats = (1 << 20) / unit.getBytes(StandardCharsets.UTF_8).length;
    String text = unit.repeat(repeats);
    int[] ids = Assertions.assertTimeout(Duration.ofSeconds(20), () -> tokenizer.encode(text));
    assertThat(tokenizer.decode(ids)).isEqualTo(text);
  }

  private String text(int id) {
    return text(tokenizer, id);
  }

  private static String text(Tokenizer tokenizer, int id) {
    return new String(tokenizer.bytes(id), StandardCharsets.UTF_8);
  }
}
