package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PatchGrammarTest {
  /** Tokens in an order that has nothing to do with their meaning. */
  private static final List<String> TOKENS = new ArrayList<>();

  static {
    IntStream.range(0, 1024)
        .map(cell -> cell * 37 % 1024)
        .forEach(cell -> TOKENS.add(String.format("<patch_index_%04d>", cell)));
    TOKENS.addAll(List.of("</object>", "<other>", "<object>", "</delimiter_of_multi_objects/>"));
  }

  private static final PatchGrammar GRAMMAR = PatchGrammar.of(PatchGrammarTest::id);

  private static OptionalInt id(String content) {
    int id = TOKENS.indexOf(content);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Whatever is chosen, the text is read back as the boxes that the grammar found. */
  @Test
  void anyWalkSpellsItsBoxes() {
    Random random = new Random(11);
    for (int round = 0; round < 2000; round++) {
      int most = 1 + random.nextInt(4);
      StringBuilder text = new StringBuilder();
      BoxGrammar.State state = GRAMMAR.start(most, Frame.unknown());
      int tokens = 0;
      while (!(state.step() instanceof BoxGrammar.Done)) {
        if (state.step() instanceof BoxGrammar.Forced forced) {
          IntStream.of(forced.ids()).forEach(id -> text.append(TOKENS.get(id)));
          tokens += forced.ids().length;
          state = state.accept(forced);
        } else if (state.step() instanceof BoxGrammar.Choose choose) {
          int[] allowed = choose.allowedIds();
          assertThat(allowed).hasSizeGreaterThan(1).isSorted();
          int id = allowed[random.nextInt(allowed.length)];
          text.append(TOKENS.get(id));
          tokens++;
          state = state.accept(id, 0.5);
        }
      }
      List<ScoredBox> boxes = ((BoxGrammar.Done) state.step()).boxes();
      assertThat(boxes).hasSizeBetween(1, most);
      assertThat(tokens).isEqualTo(GRAMMAR.longest(boxes.size()));
      assertThat(Dialects.named("kosmos-2").parse(text.toString()).regions())
          .as(text.toString())
          .extracting(Region::shape)
          .isEqualTo(boxes.stream().map(ScoredBox::shape).toList());
    }
  }

  @Test
  void confidenceIsTheGeometricMeanOfBothCells() {
    BoxGrammar.State state = GRAMMAR.start(1, Frame.unknown());
    state = state.accept((BoxGrammar.Forced) state.step());
    state = state.accept(TOKENS.indexOf("<patch_index_0044>"), 0.9);
    state = state.accept(TOKENS.indexOf("<patch_index_0863>"), 0.4);
    state = state.accept((BoxGrammar.Forced) state.step());
    ScoredBox found = ((BoxGrammar.Done) state.step()).boxes().get(0);
    assertThat(found.shape())
        .isEqualTo(new Geometry.Rectangle(0.390625, 0.046875, 0.984375, 0.828125));
    assertThat(found.confidence()).isCloseTo(Math.sqrt(0.36), within(1e-12));
    assertThat(found.spread()).as("only the chosen ones' probabilities are known").isNull();
  }

  /** Columns and rows by hand: two cells that differ in both, three that differ in one each. */
  @Test
  void spreadIsThatOfColumnsAndRows() {
    BoxGrammar.State state = GRAMMAR.start(1, Frame.unknown());
    state = state.accept((BoxGrammar.Forced) state.step());
    state = accept(state, Map.of(33, 0.75, 98, 0.25), 33); // column and row 1 or 2 and 3
    state = accept(state, Map.of(33, 0.5, 34, 0.25, 65, 0.25), 65);
    state = state.accept((BoxGrammar.Forced) state.step());
    ScoredBox box = ((BoxGrammar.Done) state.step()).boxes().get(0);
    EdgeSpread spread = Objects.requireNonNull(box.spread());
    double cell = 31.25;
    assertThat(spread.x0()).isCloseTo(cell * Math.sqrt(0.1875), within(1e-9));
    assertThat(spread.y0()).isCloseTo(cell * 2 * Math.sqrt(0.1875), within(1e-9));
    assertThat(spread.x1()).isCloseTo(cell * Math.sqrt(0.1875), within(1e-9));
    assertThat(spread.y1()).isCloseTo(cell * Math.sqrt(0.1875), within(1e-9));
  }

  /** Chooses a cell where some have these probabilities and others none. */
  private static BoxGrammar.State accept(
      BoxGrammar.State state, Map<Integer, Double> probabilities, int cell) {
    int[] allowed = ((BoxGrammar.Choose) state.step()).allowedIds();
    double[] all = new double[allowed.length];
    probabilities.forEach((each, p) -> all[Arrays.binarySearch(allowed, tokenOfCell(each))] = p);
    return state.accept(tokenOfCell(cell), all);
  }

  private static int tokenOfCell(int cell) {
    return TOKENS.indexOf(String.format("<patch_index_%04d>", cell));
  }

  /** No cell before the first one; where only one is left it is not asked for. */
  @Test
  void theSecondCellIsBelowAndRight() {
    BoxGrammar.State state = GRAMMAR.start(1, Frame.unknown());
    state = state.accept((BoxGrammar.Forced) state.step());
    BoxGrammar.State corner = state.accept(TOKENS.indexOf("<patch_index_1023>"), 1);
    assertThat(((BoxGrammar.Forced) corner.step()).ids())
        .containsExactly(TOKENS.indexOf("<patch_index_1023>"), TOKENS.indexOf("</object>"));
    BoxGrammar.State begun = state.accept(TOKENS.indexOf("<patch_index_0990>"), 1);
    assertThat(((BoxGrammar.Choose) begun.step()).allowedIds())
        .containsExactlyInAnyOrder(
            TOKENS.indexOf("<patch_index_0990>"),
            TOKENS.indexOf("<patch_index_0991>"),
            TOKENS.indexOf("<patch_index_1022>"),
            TOKENS.indexOf("<patch_index_1023>"));
    assertThatThrownBy(() -> begun.accept(TOKENS.indexOf("<patch_index_0989>"), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTokenizerWithoutTheTokensIsRefused() {
    assertThatThrownBy(() -> PatchGrammar.of(content -> OptionalInt.empty()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("<patch_index_0000>");
    assertThatThrownBy(() -> GRAMMAR.start(0, Frame.unknown()))
        .isInstanceOf(InvalidRequestException.class);
  }
}
