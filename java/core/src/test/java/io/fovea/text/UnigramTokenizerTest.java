package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kosmos-2's form of tokenizer, with a small vocabulary. */
class UnigramTokenizerTest {
  private static final int MARK = 6; // "▁" as a piece of its own

  private final UnigramTokenizer tokenizer = (UnigramTokenizer) TestModels.markup("unigram");

  @Test
  void theEmptyTextHasNoTokens() {
    assertThat(tokenizer.encode("")).isEmpty();
    assertThat(tokenizer.encode(" \t\u3000\u200b")).isEmpty();
    assertThat(tokenizer.decode()).isEmpty();
  }

  @Test
  void tokensAreNumberedAsInXlmRoberta() {
    assertThat(List.of("<s>", "<pad>", "</s>", "<unk>"))
        .allSatisfy(role -> assertThat(tokenizer.isSpecial(id(role))).isTrue());
    assertThat(id("<s>")).isZero();
    assertThat(tokenizer.unknown()).isEqualTo(3);
    int mask = id("<mask>");
    assertThat(id("</doc>")).isEqualTo(mask + 1);
    assertThat(id("<phrase>")).isEqualTo(mask + 6);
    assertThat(id("<grounding>")).isEqualTo(mask + 11);
    assertThat(id("<patch_index_0000>")).isEqualTo(mask + 12);
    assertThat(tokenizer.vocabularySize()).isEqualTo(mask + 12 + 1024);
  }

  /** The published example; words have other ids in this vocabulary, tags the same distances. */
  @Test
  void whiteSpaceBeforeTagsVanishes() {
    int[] ids =
        tokenizer.encode(
            "<grounding> <phrase> Two puppies </phrase> <object> <patch_index_0079>"
                + " <patch_index_1016> </delimiter_of_multi_objects/> <patch_index_0135>"
                + " <patch_index_1008> </object> sit in a field of <phrase> grass </phrase>"
                + " <object> <patch_index_0480> <patch_index_1023> </object>.");
    int first = id("</doc>");
    int[] tags =
        Arrays.stream(ids).filter(id -> id >= first).map(id -> 64002 + id - first).toArray();
    assertThat(tags)
        .containsExactly(
            64012, 64007, 64008, 64009, 64092, 65029, 64011, 64148, 65021, 64010, 64007, 64008,
            64009, 64493, 65036, 64010);
    assertThat(ids).startsWith(id("<grounding>"), id("<phrase>"));
    assertThat(ids).endsWith(id("</object>"), MARK, id("."));
    assertThat(tokenizer.decode(ids))
        .startsWith("<grounding><phrase> Two puppies</phrase><object><patch_index_0079>")
        .endsWith("</object> .");
  }

  @Test
  void onlyTheFirstTokenLosesItsMark() {
    int[] ids = {id("<s>"), id("▁the"), id("▁of"), id("</s>")};
    assertThat(tokenizer.decode(ids)).isEqualTo("the of");
    assertThat(tokenizer.decode(id("<grounding>"), id("▁of"))).isEqualTo("<grounding> of");
    assertThat(tokenizer.decode(MARK, MARK)).isEqualTo(" ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<s>", "a</s>b", "<unk>", "＜ｓ＞", "<mask>", "<\u200bs>"})
  void noTextIsSplitIntoARole(String text) {
    int[] ids = tokenizer.encode(text);
    assertThat(Arrays.stream(ids)).noneMatch(id -> id != 3 && tokenizer.isSpecial(id));
    assertThat(tokenizer.encode(text, id -> false)).isEqualTo(ids);
  }

  @Test
  void whatIsFoundIsUpToTheCaller() {
    String text = "</s> <phrase>";
    assertThat(tokenizer.encode(text, id -> true)).containsExactly(id("</s>"), id("<phrase>"));
    assertThat(tokenizer.encode(text, id -> id == 2)).startsWith(2).doesNotContain(id("<phrase>"));
    assertThat(tokenizer.encode(text)).doesNotContain(2).endsWith(id("<phrase>"));
  }

  @Test
  void aLoneSurrogateCountsAsAReplacementCharacter() {
    assertThat(tokenizer.encode("a\ud800b")).isEqualTo(tokenizer.encode("a\ufffdb"));
    assertThat(tokenizer.encode("\udc00<phrase>\ud800")).contains(id("<phrase>"));
  }

  /**
   * The model file has the pieces in another numbering, and its library normalises a little else.
   */
  @Test
  void theModelFileSplitsTextInTheSameWay() {
    SentencePieceTokenizer pieces =
        SentencePieceTokenizer.parse(Path.of("tiny.model"), modelWithCharacterMap());
    assertThat(pieces.isUnigram()).isTrue();
    assertThat(pieces.vocabularySize()).isEqualTo(id("<mask>") - 1);
    List<JsonNode> cases = TestModels.cases("/goldens/text/unigram/tiny.encode.jsonl.gz");
    int compared = 0;
    for (JsonNode golden : cases) {
      String text = golden.get("text").textValue();
      if (text.codePoints().noneMatch(UnigramTokenizerTest::isMarkOrControl)) {
        int[] shifted =
            Arrays.stream(pieces.encode(text)).map(id -> id == 0 ? 3 : id + 1).toArray();
        assertThat(unknownsFused(tokenizer.encode(text, id -> false)))
            .as(text)
            .isEqualTo(unknownsFused(shifted));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(1500);
  }

  /** Clusters of such characters are where the two libraries differ. */
  private static boolean isMarkOrControl(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.FORMAT
        || type == Character.CONTROL
        || codePoint == 0xFF9E
        || codePoint == 0xFF9F;
  }

  /** SentencePiece also joins unknown characters of neighbouring words if the mark is unknown. */
  private static List<Integer> unknownsFused(int[] ids) {
    return IntStream.range(0, ids.length)
        .filter(i -> i == 0 || ids[i] != 3 || ids[i - 1] != 3)
        .mapToObj(i -> ids[i])
        .collect(Collectors.toList());
  }

  private static byte[] modelWithCharacterMap() {
    try {
      byte[] json = TestModels.bytes("/goldens/text/unigram/tiny.json.gz");
      String blob =
          new ObjectMapper().readTree(json).at("/normalizer/precompiled_charsmap").textValue();
      byte[] map = Base64.getDecoder().decode(blob);
      ByteArrayOutputStream model = new ByteArrayOutputStream();
      model.writeBytes(TestModels.bytes("/goldens/text/unigram/tiny.model"));
      byte[] length = varint(map.length);
      model.write(3 << 3 | 2); // one more part of normalizer_spec
      model.writeBytes(varint(1 + length.length + map.length));
      model.write(2 << 3 | 2); // its precompiled_charsmap
      model.writeBytes(length);
      model.writeBytes(map);
      return model.toByteArray();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] varint(int value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int rest = value;
    for (; rest >= 0x80; rest >>>= 7) {
      bytes.write(rest & 0x7F | 0x80);
    }
    bytes.write(rest);
    return bytes.toByteArray();
  }

  @Test
  void partsOfTextJoinToTheWhole() {
    for (int seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      int[] ids = random.ints(random.nextInt(20), 0, tokenizer.vocabularySize()).toArray();
      StreamingDetokenizer detokenizer = tokenizer.detokenizer();
      StringBuilder joined = new StringBuilder();
      for (int id : ids) {
        joined.append(detokenizer.append(id));
      }
      assertThat(joined + detokenizer.flush()).as("seed %d", seed).isEqualTo(tokenizer.decode(ids));
    }
  }

  @Test
  void piecesAndIdsAreInverse() {
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      assertThat(tokenizer.id(tokenizer.piece(id))).hasValue(id);
    }
    assertThat(tokenizer.id("no such piece")).isEmpty();
    assertThatThrownBy(() -> tokenizer.piece(tokenizer.vocabularySize()))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void randomTextNeverFails() {
    RandomText texts = new RandomText(11);
    for (int i = 0; i < 3000; i++) {
      String text = texts.next();
      int[] ids = tokenizer.encode(text);
      assertThat(Arrays.stream(ids)).as("string %d", i).allMatch(id -> id >= 3);
      assertThat(tokenizer.decode(ids)).doesNotContain("▁");
    }
  }

  @Test
  void rolesMustBeTokens() {
    byte[] json = TestModels.bytes("/goldens/text/unigram/tiny.json.gz");
    SpecialTokens special = new SpecialTokens(0, 70_000, 1);
    assertThatThrownBy(() -> UnigramTokenizer.parse(Path.of("t.json"), json, special))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("the model's end token is 70000");
  }

  @Test
  void aTextBeyondTheLimitIsRefused() {
    String huge = "a".repeat((1 << 24) + 1);
    assertThatThrownBy(() -> tokenizer.encode(huge))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("16777217 characters");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", " ", "龘", "▁", "e\u0301", "<phrase>", " <phrase", "<patch_index_000", "the "})
  void aMegabyteTakesSeconds(String unit) {
    String text = unit.repeat((1 << 20) / unit.length());
    int[] ids = Assertions.assertTimeout(Duration.ofSeconds(10), () -> tokenizer.encode(text));
    assertThat(ids.length).isLessThanOrEqualTo(text.length() + 1);
  }

  private int id(String piece) {
    return tokenizer.id(piece).orElseThrow();
  }
}
