package io.fovea.grounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.ImageSize;
import io.fovea.text.TestModels;
import io.fovea.text.Tokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The spread of edges against an enumeration of every number, with models that give each sign a
 * probability of its own after each text.
 */
class EdgeSpreadTest {
  private static final Tokenizer TIKTOKEN = TestModels.tiktokenWith("),(");
  private static final Tokenizer PIECES = TestModels.load("/goldens/text/cogvlm-shapes.model");
  private static final Frame FRAME = Frame.of(new ImageSize(300, 200));
  private static final char END = '#';

  private static Stream<Arguments> grammars() {
    return Stream.of(
        Arguments.of(BoxNotation.COGVLM, PIECES, 1, 1),
        Arguments.of(BoxNotation.QWEN_VL, TIKTOKEN, 1, 1),
        Arguments.of(BoxNotation.SHIKRA, PIECES, 1, 1.5));
  }

  /** How likely a sign is after a text, not normalised: few likely ones, or all alike. */
  private record Model(long seed, double sharpness) {
    double weight(String before, char sign) {
      Random random = new Random(seed ^ (before + sign).hashCode() * 0x9E3779B97F4A7C15L);
      return Math.exp(sharpness * random.nextGaussian());
    }
  }

  /** A number as it was chosen. */
  private record Chosen(String before, int value, int least) {}

  @ParameterizedTest
  @MethodSource("grammars")
  void itIsThatOfAllNumbersEachAsNearAsItsBranch(
      BoxNotation notation, Tokenizer tokenizer, double stepX, double stepY) {
    TextGrammar grammar = new TextGrammar(notation, tokenizer::encode);
    double[] steps = {stepX, stepY, stepX, stepY};
    Random random = new Random(31);
    for (int round = 0; round < 40; round++) {
      Model model = new Model(round, round % 4);
      StringBuilder text = new StringBuilder();
      BoxGrammar.State state = grammar.start(1, FRAME);
      while (!(state.step() instanceof BoxGrammar.Done)) {
        if (state.step() instanceof BoxGrammar.Forced forced) {
          text.append(tokenizer.decode(forced.ids()));
          state = state.accept(forced);
        } else if (state.step() instanceof BoxGrammar.Choose choose) {
          int[] allowed = choose.allowedIds();
          double[] probabilities = probabilities(model, text.toString(), allowed, tokenizer);
          int id = allowed[random.nextInt(allowed.length)];
          text.append(tokenizer.decode(id));
          state = state.accept(id, probabilities);
        }
      }
      ScoredBox box = ((BoxGrammar.Done) state.step()).boxes().get(0);
      EdgeSpread spread = Objects.requireNonNull(box.spread());
      double[] found = {spread.x0(), spread.y0(), spread.x1(), spread.y1()};
      List<Chosen> numbers = numbers(notation, text.toString());
      for (int i = 0; i < 4; i++) {
        double expected = steps[i] * deviation(notation, model, numbers.get(i));
        assertThat(found[i])
            .as("round %d, %s, edge %d", round, text, i)
            .isCloseTo(expected, within(1e-9 + 1e-9 * expected));
      }
    }
  }

  private static double[] probabilities(
      Model model, String before, int[] allowed, Tokenizer tokenizer) {
    double[] weights =
        IntStream.of(allowed)
            .mapToDouble(id -> model.weight(before, sign(tokenizer.decode(id))))
            .toArray();
    double sum = IntStream.range(0, weights.length).mapToDouble(i -> weights[i]).sum();
    return IntStream.range(0, weights.length).mapToDouble(i -> weights[i] / sum).toArray();
  }

  private static char sign(String token) {
    return Character.isDigit(token.charAt(0)) ? token.charAt(0) : END;
  }

  /** The four numbers of an answer, and the least that each may have been. */
  private static List<Chosen> numbers(BoxNotation notation, String text) {
    List<Chosen> numbers = new ArrayList<>();
    int at = notation.open().length();
    for (int i = 0; i < 4; i++) {
      int from = at;
      while ("0123456789.".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      int value = Integer.parseInt(text.substring(from, at).replace(".", ""));
      int least = i < 2 ? 0 : numbers.get(i - 2).value();
      numbers.add(new Chosen(text.substring(0, from), value, least));
      at += i < 3 ? notation.between().get(i).length() : 0;
    }
    return numbers;
  }

  /** Every number that may be, its probability, and where its branch comes nearest the answer. */
  private static double deviation(BoxNotation notation, Model model, Chosen chosen) {
    Enumeration all = Enumeration.of(notation, model, chosen);
    String answer = notation.number().apply(chosen.value()) + END;
    double total = 0;
    double mean = 0;
    double square = 0;
    double squareOfModel = 0;
    for (String number : all.numbers()) {
      double p = all.probability(number);
      String branch = number.substring(0, Math.min(number.length(), shared(number, answer) + 1));
      double off = number.equals(answer) ? 0 : all.nearest(branch);
      total += p;
      mean += p * off;
      square += p * off * off;
      squareOfModel += p * Math.pow(value(number) - chosen.value(), 2);
    }
    assertThat(total).isCloseTo(1, within(1e-9));
    assertThat(square).as("a lower bound").isLessThanOrEqualTo(squareOfModel + 1e-9);
    return Math.sqrt(Math.max(0, square - mean * mean));
  }

  private static int value(String number) {
    return Integer.parseInt(number.replaceAll("[.#]", ""));
  }

  /**
   * All numbers that may be, each with its end.
   *
   * @param byPrefix those that begin alike
   * @param sums of the weights of the signs that may follow
   * @param nearest how far the number that is nearest to the answer lies above it
   */
  private record Enumeration(
      List<String> numbers,
      Model model,
      Chosen chosen,
      Map<String, List<String>> byPrefix,
      Map<String, Double> sums,
      Map<String, Double> nearest) {
    static Enumeration of(BoxNotation notation, Model model, Chosen chosen) {
      List<String> numbers =
          IntStream.rangeClosed(chosen.least(), notation.largest())
              .mapToObj(n -> notation.number().apply(n) + END)
              .toList();
      Map<String, List<String>> byPrefix = new HashMap<>();
      for (String number : numbers) {
        for (int at = 0; at <= number.length(); at++) {
          byPrefix.computeIfAbsent(number.substring(0, at), p -> new ArrayList<>()).add(number);
        }
      }
      return new Enumeration(numbers, model, chosen, byPrefix, new HashMap<>(), new HashMap<>());
    }

    private List<String> beginning(String prefix) {
      return byPrefix.getOrDefault(prefix, List.of());
    }

    double nearest(String branch) {
      return nearest.computeIfAbsent(
          branch,
          begin ->
              beginning(begin).stream()
                  .map(number -> (double) value(number) - chosen.value())
                  .min(Comparator.comparingDouble(Math::abs))
                  .orElseThrow());
    }

    /** The product over its signs, each among those that lead to any number. */
    double probability(String number) {
      double product = 1;
      for (int at = 0; at < number.length(); at++) {
        String prefix = number.substring(0, at);
        double sum = sums.computeIfAbsent(prefix, this::sum);
        product *= model.weight(chosen.before() + prefix, number.charAt(at)) / sum;
      }
      return product;
    }

    private double sum(String prefix) {
      return beginning(prefix).stream()
          .map(number -> number.charAt(prefix.length()))
          .distinct()
          .mapToDouble(sign -> model.weight(chosen.before() + prefix, sign))
          .sum();
    }
  }

  private static int shared(String one, String other) {
    int shared = 0;
    while (shared < one.length()
        && shared < other.length()
        && one.charAt(shared) == other.charAt(shared)) {
      shared++;
    }
    return shared;
  }

  /** By hand: half of the mass at 345, a quarter at 400 and a quarter at 346. */
  @Test
  void branchesCountAsNearAsTheyCanBe() {
    NumberTree tree =
        NumberTree.of(
            IntStream.range(0, 1000)
                .mapToObj(n -> String.format("%03d", n).chars().map(c -> c - '0').toArray())
                .toList());
    NumberTree three = tree.after(3);
    NumberTree thirtyFour = three.after(4);
    double[] one = {0, 0, 0, 0.75, 0.25, 0, 0, 0, 0, 0};
    double[] two = {0, 0, 0, 0, 1, 0, 0, 0, 0, 0};
    double[] last = {0, 0, 0, 0, 0, 2 / 3.0, 1 / 3.0, 0, 0, 0};
    NumberDoubt doubt =
        NumberDoubt.NONE
            .and(tree, tree.ids(), one, 3)
            .and(three, three.ids(), two, 4)
            .and(thirtyFour, thirtyFour.ids(), last, 5);
    double mean = 0.25 * 55 + 0.25 * 1;
    double expected = Math.sqrt(0.25 * 55 * 55 + 0.25 - mean * mean);
    assertThat(doubt.deviation(345, 0)).isCloseTo(expected, within(1e-9));
  }

  /** Where a number is one token nothing is left open. */
  @Test
  void aNumberOfOneTokenHasItsOwnDeviation() {
    NumberTree tree = NumberTree.of(IntStream.range(0, 1000).mapToObj(n -> new int[] {n}).toList());
    Random random = new Random(8);
    double[] p = random.doubles(1000).toArray();
    double sum = IntStream.range(0, 1000).mapToDouble(n -> p[n]).sum();
    double mean = IntStream.range(0, 1000).mapToDouble(n -> p[n] / sum * n).sum();
    double variance =
        IntStream.range(0, 1000).mapToDouble(n -> p[n] / sum * (n - mean) * (n - mean)).sum();
    double[] normalised = IntStream.range(0, 1000).mapToDouble(n -> p[n] / sum).toArray();
    NumberDoubt doubt = NumberDoubt.NONE.and(tree, tree.ids(), normalised, 17);
    assertThat(doubt.deviation(17, 0)).isCloseTo(Math.sqrt(variance), within(1e-9));
  }

  @Test
  void whatIsNoProbabilityIsRefused() {
    BoxGrammar.State state = new TextGrammar(BoxNotation.COGVLM, PIECES::encode).start(1, FRAME);
    BoxGrammar.State open = state.accept((BoxGrammar.Forced) state.step());
    int[] allowed = ((BoxGrammar.Choose) open.step()).allowedIds();
    double[] right = IntStream.of(allowed).mapToDouble(id -> 0.1).toArray();
    assertThat(open.accept(allowed[0], right)).isNotNull();
    for (double wrong : new double[] {Double.NaN, -0.1, 1.1}) {
      double[] all = right.clone();
      all[3] = wrong;
      assertThatThrownBy(() -> open.accept(allowed[0], all))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> open.accept(allowed[0], new double[3]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> open.accept(-1, right)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EdgeSpread(0, 0, Double.NaN, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EdgeSpread(0, Double.POSITIVE_INFINITY, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
