package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteLevelTokenizerTest {
  private final ByteLevelTokenizer llama3 = TestModels.byteLevel("llama3");
  private final ByteLevelTokenizer gpt2 = TestModels.byteLevel("gpt2");

  @Test
  void theEmptyTextHasNoTokens() {
    assertThat(llama3.encode("")).isEmpty();
    assertThat(llama3.decode()).isEmpty();
  }

  @Test
  void aLeadingSpaceIsPartOfTheWord() {
    assertThat(llama3.encode("Where")).containsExactly(llama3.id("Where").orElseThrow());
    assertThat(llama3.encode("Where is"))
        .containsExactly(llama3.id("Where").orElseThrow(), llama3.id("Ġis").orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"<|begin_of_text|>", "a<|eot_id|>b", "<|end_of_text|><|end_of_text|>"})
  void textThatLooksLikeASpecialTokenStaysText(String text) {
    int[] ids = llama3.encode(text);
    assertThat(Arrays.stream(ids)).noneMatch(llama3::isSpecial);
    assertThat(llama3.decode(ids)).isEqualTo(text);
  }

  @Test
  void addedTokensThatAreNotSpecialAreFoundInTheText() {
    int tool = gpt2.id("<tool>").orElseThrow();
    assertThat(gpt2.encode("<tool>")).containsExactly(tool);
    assertThat(gpt2.encode("<to<tool>")).containsExactly(gpt2.id("<to").orElseThrow(), tool);
    assertThat(gpt2.isSpecial(tool)).isFalse();
    assertThat(gpt2.decode(tool, tool)).isEqualTo("<tool><tool>");
    assertThat(gpt2.decode(gpt2.encode("Straße"))).isEqualTo("Straße");
  }

  @Test
  void specialTokensAreThoseWithoutText() {
    int[] special = IntStream.range(0, llama3.vocabularySize()).filter(llama3::isSpecial).toArray();
    assertThat(special).containsExactly(1200, 1201, 1202);
    assertThat(llama3.bytes(1200)).isEmpty();
    assertThat(llama3.piece(1200)).isEqualTo("<|begin_of_text|>");
    int red = llama3.id("Ġred").orElseThrow();
    assertThat(llama3.decode(1200, red, 1202, red, 1201)).isEqualTo(" red red");
  }

  @Test
  void rolesAreTheCallers() {
    assertThat(llama3.bos()).isEqualTo(1200);
    assertThat(llama3.eos()).isEqualTo(1201);
    assertThat(llama3.pad()).isEqualTo(1202);
  }

  @Test
  void piecesAndIdsAreInverse() {
    for (ByteLevelTokenizer tokenizer : new ByteLevelTokenizer[] {llama3, gpt2}) {
      for (int id = 0; id < tokenizer.vocabularySize(); id++) {
        assertThat(tokenizer.id(tokenizer.piece(id))).hasValue(id);
      }
      assertThat(tokenizer.id("no such piece")).isEmpty();
      assertThat(tokenizer.id("龘")).isEmpty();
      assertThat(tokenizer.id("")).isEmpty();
    }
  }

  @Test
  void everyByteIsAToken() {
    for (int value = 0; value < 256; value++) {
      byte[] single = {(byte) value};
      int id = llama3.id(ByteAlphabet.spell(single, 0, 1)).orElseThrow();
      assertThat(llama3.bytes(id)).isEqualTo(single);
    }
    assertThat(llama3.id("Ġ")).as("a space, as published vocabularies spell it").isPresent();
    assertThat(new String(llama3.bytes(llama3.id("Ċ").orElseThrow()), StandardCharsets.UTF_8))
        .isEqualTo("\n");
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    int outside = llama3.vocabularySize();
    assertThatThrownBy(() -> llama3.piece(outside)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> llama3.bytes(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> llama3.isSpecial(outside))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aTextBeyondTheLimitIsRefused() {
    String huge = "a".repeat((1 << 24) + 1);
    assertThatThrownBy(() -> llama3.encode(huge))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("16777217 characters");
  }

  @Test
  void everyTextSurvives() {
    RandomText texts = new RandomText(5);
    for (int i = 0; i < 3000; i++) {
      String text = texts.next();
      String wellFormed = new String(Utf8.encode(text), StandardCharsets.UTF_8);
      assertThat(llama3.decode(llama3.encode(text))).as("string %d", i).isEqualTo(wellFormed);
      assertThat(gpt2.decode(gpt2.encode(text))).as("string %d", i).isEqualTo(wellFormed);
    }
  }

  /** The library joins the bytes of all tokens and reads them as UTF-8 once. */
  @Test
  void partsOfTextJoinToTheWhole() {
    for (int seed = 0; seed < 3000; seed++) {
      Random random = new Random(seed);
      int bound = random.nextBoolean() ? 256 : llama3.vocabularySize();
      int[] ids = random.ints(random.nextInt(40), 0, bound).toArray();
      StreamingDetokenizer detokenizer = llama3.detokenizer();
      StringBuilder joined = new StringBuilder();
      for (int id : ids) {
        joined.append(detokenizer.append(id));
      }
      joined.append(detokenizer.flush());
      assertThat(joined.toString()).as("seed %d", seed).isEqualTo(llama3.decode(ids));
    }
  }

  @Test
  void oneReplacementStandsForTheBeginningOfACharacter() {
    int[] ids = {byteToken(0xE2), byteToken(0x82), byteToken('A')};
    assertThat(llama3.decode(ids)).isEqualTo("\uFFFDA");
    assertThat(llama3.decode(byteToken(0xF0), byteToken(0x9F), byteToken(0x98)))
        .isEqualTo("\uFFFD");
    assertThat(llama3.decode(byteToken(0xED), byteToken(0xA0), byteToken(0x80)))
        .as("surrogates are no characters")
        .isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(llama3.decode(byteToken(0xE2), llama3.eos(), byteToken(0x82), byteToken(0xAC)))
        .isEqualTo("€");
  }

  /** Splitting and merging are about linear: quadratic ones would need hours for these. */
  @ParameterizedTest
  @ValueSource(strings = {" ", "e", "1", "!", "\n", " \n", "red circle ", "龘", "Where is the 😀? "})
  void aMegabyteTakesSeconds(String unit) {
    int repeats = (1 << 20) / unit.getBytes(StandardCharsets.UTF_8).length;
    String text = unit.repeat(repeats);
    for (ByteLevelTokenizer tokenizer : new ByteLevelTokenizer[] {llama3, gpt2}) {
      int[] ids = Assertions.assertTimeout(Duration.ofSeconds(20), () -> tokenizer.encode(text));
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }
  }

  private int byteToken(int value) {
    return llama3.id(ByteAlphabet.spell(new byte[] {(byte) value}, 0, 1)).orElseThrow();
  }
}
