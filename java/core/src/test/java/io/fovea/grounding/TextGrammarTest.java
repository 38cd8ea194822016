package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.InvalidRequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextGrammarTest {
  /** Greedy longest match over these pieces; a piece's id is its index. */
  private record Pieces(List<String> pieces) {
    static Pieces of(String list) {
      return new Pieces(List.of((list + " 9 3 1 7 5 0 2 8 6 4").split(" ")));
    }

    /** As Llama 3 does: numbers of one, two and three digits are pieces of their own. */
    static Pieces ofNumbers(String list) {
      String ones = String.join(" ", numbers("%d", 10));
      String all =
          String.join(" ", numbers("%02d", 100)) + " " + String.join(" ", numbers("%03d", 1000));
      return new Pieces(List.of((list + " " + all + " " + ones).split(" ")));
    }

    private static List<String> numbers(String format, int count) {
      return IntStream.range(0, count)
          .mapToObj(n -> String.format(Locale.ROOT, format, n))
          .toList();
    }

    int[] encode(String text) {
      List<Integer> ids = new ArrayList<>();
      for (int at = 0; at < text.length(); ) {
        String best = "";
        for (String piece : pieces) {
          best = text.startsWith(piece, at) && piece.length() > best.length() ? piece : best;
        }
        ids.add(pieces.indexOf(best));
        at += best.length();
      }
      return ids.stream().mapToInt(id -> id).toArray();
    }

    String decode(List<Integer> ids) {
      return String.join("", ids.stream().map(pieces::get).toList());
    }

    int id(String piece) {
      return pieces.indexOf(piece);
    }
  }

  /** Spellings that differ in how brackets and separators are merged. */
  private static final String[] SPELLINGS = {
    "[[ , ; ]]", "[ ] , ;", "[[ , ; ] ]]", "[ [[ , ; ;; ] ]", "[[ , ; ]] 000", "[[ , ; ]] 12 999 5"
  };

  private static final Frame ANY = Frame.unknown();

  private static TextGrammar cogVlm(Function<String, int[]> encode) {
    return new TextGrammar(BoxNotation.COGVLM, encode);
  }

  private final CogVlmDialect dialect = new CogVlmDialect();

  /** What one walk through the grammar gave. */
  private record Walk(String text, List<ScoredBox> boxes, int choices) {}

  private static Walk walk(Pieces pieces, BoxGrammar.State state, Random random) {
    List<Integer> ids = new ArrayList<>();
    int choices = 0;
    while (true) {
      BoxGrammar.Step step = state.step();
      if (step instanceof BoxGrammar.Forced forced) {
        IntStream.of(forced.ids()).forEach(ids::add);
        state = state.accept(forced);
      } else if (step instanceof BoxGrammar.Choose choose) {
        int id = choose.allowedIds()[random.nextInt(choose.allowedIds().length)];
        ids.add(id);
        choices++;
        state = state.accept(id, 0.5);
      } else if (step instanceof BoxGrammar.Done done) {
        return new Walk(pieces.decode(ids), done.boxes(), choices);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void everyWalkIsAWellFormedAnswer(int spelling) {
    Pieces pieces = Pieces.of(SPELLINGS[spelling]);
    BoxGrammar grammar = cogVlm(pieces::encode);
    long seed = 99L + spelling;
    Random random = new Random(seed);
    for (int i = 0; i < 600; i++) {
      int maxBoxes = 1 + random.nextInt(4);
      Walk walk = walk(pieces, grammar.start(maxBoxes, ANY), random);
      List<Box> boxes = walk.boxes().stream().map(ScoredBox::box).toList();
      assertThat(boxes).as("seed %d, case %d", seed, i).hasSizeBetween(1, maxBoxes);
      assertThat(walk.text()).as("seed %d, case %d", seed, i).isEqualTo(dialect.format(boxes));
      assertThat(dialect.parse(walk.text()).regions()).extracting(Region::box).isEqualTo(boxes);
    }
  }

  @Test
  void everyWalkIsAWellFormedAnswerWhereACoordinateIsOneToken() {
    Pieces pieces = Pieces.ofNumbers("[[ , ; ]]");
    BoxGrammar grammar = cogVlm(pieces::encode);
    long seed = 4;
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      int maxBoxes = 1 + random.nextInt(3);
      Walk walk = walk(pieces, grammar.start(maxBoxes, ANY), random);
      List<Box> boxes = walk.boxes().stream().map(ScoredBox::box).toList();
      assertThat(boxes).as("seed %d, case %d", seed, i).hasSizeBetween(1, maxBoxes);
      assertThat(walk.text()).as("seed %d, case %d", seed, i).isEqualTo(dialect.format(boxes));
      assertThat(walk.choices()).isLessThanOrEqualTo(5 * maxBoxes);
    }
  }

  @Test
  void onlyCompletableNumbersAreAllowed() {
    Pieces pieces = Pieces.ofNumbers("[[ , ; ]]");
    BoxGrammar.State state = cogVlm(pieces::encode).start(1, ANY);
    state = acceptAll(pieces, state, "[[", "990", ",", "007", ",");
    List<String> allowed =
        IntStream.of(((BoxGrammar.Choose) state.step()).allowedIds())
            .mapToObj(pieces.pieces()::get)
            .toList();
    assertThat(allowed)
        .containsExactlyInAnyOrder(
            "990", "991", "992", "993", "994", "995", "996", "997", "998", "999");
    state = state.accept(pieces.id("995"), 0.25);
    state = acceptAll(pieces, state, ",");
    state = state.accept(pieces.id("007"), 0.25);
    ScoredBox found = ((BoxGrammar.Done) acceptAll(pieces, state, "]]").step()).boxes().get(0);
    assertThat(found.box()).isEqualTo(new Box(990, 7, 995, 7));
    assertThat(found.confidence()).isEqualTo(0.5, within(1e-12)); // (1 * 1 * 1/4 * 1/4)^(1/4)
  }

  /** Any rectangle can be said: no constraint is too tight. */
  @Test
  void everyBoxCanBeReached() {
    Pieces pieces = Pieces.of("[[ , ; ]]");
    BoxGrammar grammar = cogVlm(pieces::encode);
    long seed = 3;
    Random random = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      int x = random.nextInt(1000);
      int y = random.nextInt(1000);
      Box box = new Box(x, y, x + random.nextInt(1000 - x), y + random.nextInt(1000 - y));
      Box tight = new Box(x, y, x, y);
      for (Box wanted : List.of(box, tight)) {
        BoxGrammar.State state = grammar.start(1, ANY);
        for (int id : pieces.encode(dialect.format(List.of(wanted)))) {
          state = state.accept(id, 1);
        }
        assertThat(state.step())
            .as("seed %d, case %d", seed, i)
            .isEqualTo(new BoxGrammar.Done(List.of(new ScoredBox(wanted, 1))));
      }
    }
  }

  @Test
  void onlyCompletableDigitsAreAllowed() {
    Pieces pieces = Pieces.of("[[ , ; ]]");
    BoxGrammar.State state = cogVlm(pieces::encode).start(1, ANY);
    state = acceptAll(pieces, state, "[[", "2", "3", "4", ",", "0", "0", "0", ",");
    assertThat(allowed(pieces, state)).isEqualTo("23456789");
    assertThat(allowed(pieces, acceptAll(pieces, state, "2"))).isEqualTo("3456789");
    assertThat(allowed(pieces, acceptAll(pieces, state, "2", "3"))).isEqualTo("456789");
    assertThat(allowed(pieces, acceptAll(pieces, state, "2", "4"))).isEqualTo("0123456789");
    assertThat(allowed(pieces, acceptAll(pieces, state, "3"))).isEqualTo("0123456789");
    BoxGrammar.State left = state;
    assertThatThrownBy(() -> left.accept(pieces.id("1"), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static BoxGrammar.State acceptAll(Pieces pieces, BoxGrammar.State state, String... some) {
    for (String piece : some) {
      state = state.accept(pieces.id(piece), 1);
    }
    return state;
  }

  private static String allowed(Pieces pieces, BoxGrammar.State state) {
    int[] ids = ((BoxGrammar.Choose) state.step()).allowedIds();
    char[] digits = new char[ids.length];
    for (int i = 0; i < ids.length; i++) {
      digits[i] = pieces.pieces().get(ids[i]).charAt(0);
    }
    Arrays.sort(digits);
    return new String(digits);
  }

  /** 12 digits and nothing else are choices: brackets and commas cost no model step. */
  @Test
  void fixedTokensAreForced() {
    Pieces pieces = Pieces.of("[ ] , ;");
    BoxGrammar grammar = cogVlm(pieces::encode);
    BoxGrammar.State state = grammar.start(1, ANY);
    assertThat(((BoxGrammar.Forced) state.step()).ids())
        .containsExactly(pieces.id("["), pieces.id("["));
    state = acceptAll(pieces, state, "[", "[", "9", "9", "9", ",", "9", "9", "9");
    // 999 leaves no choice for the far corner: the rest of the answer is one forced run
    List<Integer> rest = new ArrayList<>();
    IntStream.of(((BoxGrammar.Forced) state.step()).ids()).forEach(rest::add);
    assertThat(pieces.decode(rest)).isEqualTo(",999,999]]");
  }

  /** "]]" and "];" begin alike: their common token is forced, then the choice comes. */
  @Test
  void commonBeginningOfEndAndContinuation() {
    Function<String, String> nested = text -> text.replace(";", "];[");
    Pieces pieces = Pieces.of("[ ] , ;");
    BoxGrammar grammar = cogVlm(text -> pieces.encode(nested.apply(text)));
    BoxGrammar.State state = grammar.start(2, ANY);
    state = acceptAll(pieces, state, "[", "[", "0", "0", "0", ",", "0", "0", "0", ",");
    state = acceptAll(pieces, state, "0", "0", "1", ",", "0", "0", "1");
    assertThat(((BoxGrammar.Forced) state.step()).ids()).containsExactly(pieces.id("]"));
    state = acceptAll(pieces, state, "]");
    assertThat(((BoxGrammar.Choose) state.step()).allowedIds())
        .containsExactly(pieces.id("]"), pieces.id(";"));
    assertThat(((BoxGrammar.Done) acceptAll(pieces, state, "]").step()).boxes()).hasSize(1);
    assertThat(((BoxGrammar.Forced) acceptAll(pieces, state, ";").step()).ids())
        .containsExactly(pieces.id("["));
  }

  @Test
  void refusesAnEndThatBeginsTheContinuation() {
    Pieces pieces = Pieces.of("[ ] , ;");
    BoxGrammar grammar = cogVlm(text -> pieces.encode(text.replace(";", "]];")));
    assertThat(grammar.start(1, ANY)).isNotNull();
    assertThatThrownBy(() -> grammar.start(2, ANY))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("one box at a time");
    assertThatThrownBy(() -> grammar.start(0, ANY)).isInstanceOf(InvalidRequestException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[[ ,0 , ; ]]", "[[ , ; 8]] ]]", "[[ , ; ]] 99,4"})
  void refusesTokenizersThatMergeDigitsWithSigns(String pieces) {
    assertThatThrownBy(() -> cogVlm(Pieces.of(pieces)::encode))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("in a way that no grammar can hold")
        .hasMessageContaining("unconstrained");
  }

  @Test
  void refusesTokenizersWithoutDigits() {
    assertThatThrownBy(() -> cogVlm(text -> new int[0]))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> cogVlm(text -> new int[text.length()]))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> cogVlm(text -> text.chars().filter(c -> c != ',').toArray()))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void confidenceIsTheGeometricMeanOfTwelveDigits() {
    Pieces pieces = Pieces.of("[[ , ; ]]");
    BoxGrammar.State state = cogVlm(pieces::encode).start(1, ANY);
    double product = 1;
    double p = 0.3;
    for (int id : pieces.encode("[[012,345,678,901]]")) {
      boolean digit = Character.isDigit(pieces.pieces().get(id).charAt(0));
      product *= digit ? p : 1;
      state = state.accept(id, digit ? p : 0.001); // what is not a digit does not count
      p += digit ? 0.05 : 0;
    }
    double confidence = ((BoxGrammar.Done) state.step()).boxes().get(0).confidence();
    assertThat(confidence).isEqualTo(Math.pow(product, 1.0 / 12), within(1e-12));
  }

  @Test
  void probabilityIsRenormalisedOverTheAllowed() {
    float[] logits = {1e4f, (float) Math.log(1), (float) Math.log(3), -1e30f};
    assertThat(BoxConfidence.probability(logits, new int[] {1, 2}, 2))
        .isEqualTo(0.75, within(1e-6));
    assertThat(BoxConfidence.probability(logits, new int[] {1, 2, 3}, 1))
        .isEqualTo(0.25, within(1e-6));
    assertThat(BoxConfidence.probability(logits, new int[] {0, 1}, 0)).isEqualTo(1);
  }
}
