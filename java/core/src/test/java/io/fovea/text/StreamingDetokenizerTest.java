package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamingDetokenizerTest {
  private final Tokenizer tokenizer = TestModels.load("/text/llama.model");

  @Test
  void aCharacterAppearsWithTheLastOfItsBytes() {
    StreamingDetokenizer detokenizer = tokenizer.detokenizer();
    assertThat(detokenizer.append(byteToken("F0"))).isEmpty();
    assertThat(detokenizer.append(byteToken("9F"))).isEmpty();
    assertThat(detokenizer.append(byteToken("A6"))).isEmpty();
    assertThat(detokenizer.append(byteToken("84"))).isEqualTo("🦄");
    assertThat(detokenizer.flush()).isEmpty();
  }

  @Test
  void anUnfinishedCharacterBecomesOneReplacementPerByte() {
    StreamingDetokenizer detokenizer = tokenizer.detokenizer();
    detokenizer.append(byteToken("E2"));
    detokenizer.append(byteToken("96"));
    assertThat(detokenizer.flush()).isEqualTo("\uFFFD\uFFFD");
    assertThat(detokenizer.flush()).isEmpty();
  }

  @Test
  void aCharacterDoesNotContinueAcrossAControlToken() {
    int[] ids = {byteToken("C3"), tokenizer.eos(), byteToken("A9")};
    assertThat(tokenizer.decode(ids)).isEqualTo("\uFFFD\uFFFD");
    assertThat(tokenizer.decode(byteToken("C3"), byteToken("A9"))).isEqualTo("é");
  }

  @Test
  void aTextTokenEndsAnUnfinishedCharacter() {
    StreamingDetokenizer detokenizer = tokenizer.detokenizer();
    detokenizer.append(byteToken("E2"));
    assertThat(detokenizer.append(tokenizer.id("e").orElseThrow())).isEqualTo("\uFFFDe");
  }

  @Test
  void onlyTheFirstDummySpaceGoes() {
    int space = tokenizer.id("▁").orElseThrow();
    int where = tokenizer.id("▁Where").orElseThrow();
    assertThat(tokenizer.decode(where, where)).isEqualTo("Where Where");
    assertThat(tokenizer.decode(tokenizer.bos(), space, where)).isEqualTo(" Where");
    assertThat(tokenizer.decode(byteToken("41"), where)).isEqualTo("A Where");
  }

  @Test
  void everyLeadingSpaceGoesWhereTheModelRemovesWhitespace() {
    Tokenizer trimming = TestModels.load("/text/nmt.model.gz");
    int space = trimming.id("▁").orElseThrow();
    int is = trimming.id("▁is").orElseThrow();
    assertThat(trimming.decode(space, space, is, is)).isEqualTo("is is");
  }

  @Test
  void anIdOutsideTheVocabularyIsRefused() {
    StreamingDetokenizer detokenizer = tokenizer.detokenizer();
    assertThatThrownBy(() -> detokenizer.append(tokenizer.vocabularySize()))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> detokenizer.append(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/text/llama.model", "/text/nmt.model.gz", "/text/bare.model"})
  void noPartSplitsACharacterAndThePartsAreTheWhole(String resource) {
    Tokenizer any = TestModels.load(resource);
    for (int seed = 0; seed < 3000; seed++) {
      Random random = new Random(seed);
      int bound = random.nextBoolean() ? Math.min(262, any.vocabularySize()) : any.vocabularySize();
      int[] ids = random.ints(random.nextInt(40), 0, bound).toArray();
      StreamingDetokenizer detokenizer = any.detokenizer();
      StringBuilder joined = new StringBuilder();
      for (int id : ids) {
        String part = detokenizer.append(id);
        assertThat(part.codePoints()).as("seed %d", seed).noneMatch(StreamingDetokenizerTest::half);
        joined.append(part);
      }
      joined.append(detokenizer.flush());
      assertThat(joined.toString()).as("seed %d", seed).isEqualTo(any.decode(ids));
    }
  }

  @Test
  void textSurvivesTokenByToken() {
    RandomText texts = new RandomText(3);
    for (int i = 0; i < 2000; i++) {
      String text = texts.next();
      String wellFormed = new String(Utf8.encode(text), StandardCharsets.UTF_8);
      String marked = wellFormed.replace('▁', ' '); // the vocabulary spells both the same
      assertThat(tokenizer.decode(tokenizer.encode(text))).as("string %d", i).isEqualTo(marked);
    }
  }

  private static boolean half(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  private int byteToken(String hex) {
    return tokenizer.id("<0x" + hex + ">").orElseThrow();
  }
}
