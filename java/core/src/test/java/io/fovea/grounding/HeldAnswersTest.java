package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import io.fovea.text.TestModels;
import io.fovea.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a model says under the grammar of a notation, in the tokens of real tokenizers. */
class HeldAnswersTest {
  private static final Tokenizer TIKTOKEN = TestModels.markup("tiktoken");
  private static final Tokenizer MERGED = TestModels.tiktokenWith("),", "),(");
  private static final Tokenizer PIECES = TestModels.load("/goldens/text/cogvlm-shapes.model");
  private static final Tokenizer BYTES = TestModels.byteLevel("llama3");
  private static final Frame FRAME = Frame.of(new ImageSize(640, 427));

  private static Stream<Arguments> grammars() {
    return Stream.of(
        Arguments.of("cogvlm", PIECES, new TextGrammar(BoxNotation.COGVLM, PIECES::encode)),
        Arguments.of("cogvlm", BYTES, new TextGrammar(BoxNotation.COGVLM, BYTES::encode)),
        Arguments.of("cogvlm", TIKTOKEN, new TextGrammar(BoxNotation.COGVLM, TIKTOKEN::encode)),
        Arguments.of("qwen-vl", TIKTOKEN, qwen(BoxNotation.QWEN_VL, TIKTOKEN)),
        Arguments.of("qwen-vl", MERGED, qwen(BoxNotation.QWEN_VL, MERGED)),
        Arguments.of("qwen-vl", BYTES, qwen(BoxNotation.QWEN_VL, BYTES)),
        Arguments.of("qwen-vl", PIECES, qwen(BoxNotation.QWEN_VL, PIECES)),
        Arguments.of("shikra", PIECES, new TextGrammar(BoxNotation.SHIKRA, PIECES::encode)),
        Arguments.of("shikra", TIKTOKEN, new TextGrammar(BoxNotation.SHIKRA, TIKTOKEN::encode)),
        Arguments.of("shikra", BYTES, new TextGrammar(BoxNotation.SHIKRA, BYTES::encode)));
  }

  private static TextGrammar qwen(BoxNotation notation, Tokenizer tokenizer) {
    return new TextGrammar(notation, tokenizer::encode, tokenizer.eos());
  }

  @ParameterizedTest
  @MethodSource("grammars")
  void anyAnswerIsReadBackAsItsBoxes(String name, Tokenizer tokenizer, TextGrammar grammar) {
    GroundingDialect dialect = Dialects.named(name);
    long seed = 20;
    Random random = new Random(seed);
    for (int i = 0; i < 150; i++) {
      int most = 1 + random.nextInt(4);
      BoxGrammar.State state = grammar.start(most, FRAME);
      List<Integer> ids = new ArrayList<>();
      while (!(state.step() instanceof BoxGrammar.Done)) {
        if (state.step() instanceof BoxGrammar.Forced forced) {
          IntStream.of(forced.ids()).forEach(ids::add);
          state = state.accept(forced);
        } else if (state.step() instanceof BoxGrammar.Choose choose) {
          int[] allowed = choose.allowedIds();
          assertThat(allowed).hasSizeGreaterThan(1).isSorted().doesNotHaveDuplicates();
          int id = allowed[random.nextInt(allowed.length)];
          ids.add(id);
          state = state.accept(id, 0.5);
        }
      }
      List<ScoredBox> boxes = ((BoxGrammar.Done) state.step()).boxes();
      String text = tokenizer.decode(ids.stream().mapToInt(id -> id).toArray());
      String as = "seed " + seed + ", case " + i + ": " + text;
      assertThat(boxes).as(as).hasSizeBetween(1, most);
      assertThat(ids).as(as).hasSizeLessThanOrEqualTo(grammar.longest(most));
      assertThat(dialect.parse(text, FRAME).regions())
          .as(as)
          .extracting(Region::shape)
          .isEqualTo(boxes.stream().map(ScoredBox::shape).toList());
      if (boxes.size() < most) {
        ids.removeIf(id -> id == tokenizer.eos());
      }
      assertThat(ids).as(as).isEqualTo(IntStream.of(tokenizer.encode(text)).boxed().toList());
    }
  }

  /** Numbers without leading zeros: what may follow tells where one ends. */
  @Test
  void aNumberMayEndWhereItIsLargeEnough() {
    BoxGrammar.State state = qwen(BoxNotation.QWEN_VL, MERGED).start(1, FRAME);
    state = acceptText(state, MERGED, "<box>(34,0");
    assertThat(((BoxGrammar.Forced) state.step()).ids()) // nothing goes on from 0
        .containsExactly(MERGED.encode("),("));
    state = acceptText(state, MERGED, "),(");
    assertThat(allowed(state, MERGED)).isEqualTo("123456789"); // 1 of 100..199
    assertThat(allowed(acceptText(state, MERGED, "3"), MERGED)).isEqualTo("0123456789"); // 300
    assertThat(allowed(acceptText(state, MERGED, "33"), MERGED)).isEqualTo("0123456789"); // 330
    assertThat(allowed(acceptText(state, MERGED, "34"), MERGED)).isEqualTo(",0123456789");
    assertThat(((BoxGrammar.Forced) acceptText(state, MERGED, "340").step()).ids())
        .containsExactly(MERGED.encode(","));
  }

  /** Digits and where numbers end are choices; points, zeros after 1 and signs are none. */
  @Test
  void confidenceCountsWhatWasOpen() {
    BoxGrammar.State qwen = qwen(BoxNotation.QWEN_VL, MERGED).start(1, FRAME);
    double found = confidence(qwen, MERGED, "<box>(7,36),(365,98)</box>");
    assertThat(found).isCloseTo(0.25, within(1e-12)); // 2 + 3 + 3 + 3 choices
    BoxGrammar.State shikra = new TextGrammar(BoxNotation.SHIKRA, PIECES::encode).start(1, FRAME);
    assertThat(confidence(shikra, PIECES, "[0.012,0.345,0.678,0.901]"))
        .isCloseTo(0.25, within(1e-12));
  }

  /** Of an answer whose choices have a quarter each. */
  private static double confidence(BoxGrammar.State state, Tokenizer tokenizer, String text) {
    for (int id : tokenizer.encode(text)) {
      state = state.accept(id, state.step() instanceof BoxGrammar.Choose ? 0.25 : 1);
    }
    return ((BoxGrammar.Done) state.step()).boxes().get(0).confidence();
  }

  @Test
  void anEndTokenEndsWhatCouldGoOn() {
    BoxGrammar.State state = qwen(BoxNotation.QWEN_VL, TIKTOKEN).start(2, FRAME);
    state = acceptText(state, TIKTOKEN, "<box>(1,2),(3,4)</box>");
    assertThat(((BoxGrammar.Choose) state.step()).allowedIds())
        .containsExactlyInAnyOrder(TIKTOKEN.eos(), TIKTOKEN.id("<box>").orElseThrow());
    BoxGrammar.State ended = state.accept(TIKTOKEN.eos(), 0.5);
    assertThat(((BoxGrammar.Done) ended.step()).boxes())
        .extracting(ScoredBox::box)
        .containsExactly(new Box(1, 2, 3, 4));
    BoxGrammar open = new TextGrammar(BoxNotation.QWEN_VL, TIKTOKEN::encode);
    assertThat(open.start(1, FRAME)).isNotNull();
    assertThatThrownBy(() -> open.start(2, FRAME))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("one box at a time");
  }

  @Test
  void aSquareNeedsItsPicture() {
    BoxGrammar grammar = new TextGrammar(BoxNotation.SHIKRA, PIECES::encode);
    assertThatThrownBy(() -> grammar.start(1, Frame.unknown()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("picture");
  }

  /** This one has tokens such as "[0" and "0,". */
  @Test
  void tokensOfSignAndDigitAreRefused() {
    Tokenizer unigram = TestModels.markup("unigram");
    for (BoxNotation notation :
        List.of(BoxNotation.COGVLM, BoxNotation.QWEN_VL, BoxNotation.SHIKRA)) {
      assertThatThrownBy(() -> new TextGrammar(notation, unigram::encode))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("in a way that no grammar can hold");
    }
  }

  private static BoxGrammar.State acceptText(
      BoxGrammar.State state, Tokenizer tokenizer, String text) {
    for (int id : tokenizer.encode(text)) {
      state = state.accept(id, 1);
    }
    return state;
  }

  private static String allowed(BoxGrammar.State state, Tokenizer tokenizer) {
    int[] ids = ((BoxGrammar.Choose) state.step()).allowedIds();
    return IntStream.of(ids).mapToObj(tokenizer::decode).sorted().reduce("", String::concat);
  }
}
