package io.fovea.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.NativeFaultException;
import io.fovea.decoding.BeamSearch.Continuation;
import io.fovea.decoding.BeamSearch.Finished;
import io.fovea.fuzz.Resources;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OFA's beam search: against the reference, all sequences, greedy search, and its rules. */
class BeamSearchTest {
  private static final int BEGIN = 0;
  private static final int PAD = 1;
  private static final int END = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  static Iterable<JsonNode> golden() throws IOException {
    byte[] lines = Resources.bytes("/goldens/search/beam.jsonl.gz");
    return JSON.readerFor(JsonNode.class).<JsonNode>readValues(lines).readAll();
  }

  @Test
  void thereAreGoldens() throws IOException {
    assertThat(golden()).hasSize(40);
  }

  @ParameterizedTest
  @MethodSource("golden")
  void everyStepIsTheReferences(JsonNode golden) {
    int size = golden.get("vocabulary").intValue();
    int[] beginning = IntStream.concat(IntStream.of(BEGIN), ints(golden, "prefix")).toArray();
    BeamSearch search =
        new BeamSearch(
            options(golden),
            golden.get("allowed").isNull()
                ? BeamTokens.all(size, PAD, END)
                : BeamTokens.only(size, PAD, END, ints(golden, "allowed").toArray()),
            beginning,
            golden.get("prefixScore").doubleValue());
    List<int[]> live = List.of(beginning);
    for (JsonNode step : golden.get("steps")) {
      assertThat(search.ended()).isFalse();
      assertThat(live.toArray(int[][]::new))
          .isDeepEqualTo(JSON.convertValue(step.get("hypotheses"), int[][].class));
      float[][] scores = JSON.convertValue(step.get("scores"), float[][].class);
      live = continued(live, search.next(rows(scores)));
    }
    assertThat(search.ended()).isTrue();
    assertThat(live).isEmpty();
    JsonNode expected = golden.get("finished");
    assertThat(search.finished()).hasSize(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(search.finished().get(i).ids()).isEqualTo(ints(expected.get(i), "ids").toArray());
      assertThat(search.finished().get(i).score())
          .isCloseTo(expected.get(i).get("score").doubleValue(), within(1e-9));
    }
  }

  private static BeamOptions options(JsonNode golden) {
    return new BeamOptions(
        golden.get("beam").intValue(),
        golden.get("minLength").intValue(),
        golden.get("maxLength").intValue(),
        golden.get("lengthPenalty").doubleValue(),
        golden.get("noRepeatNgram").intValue());
  }

  private static IntStream ints(JsonNode node, String key) {
    return Arrays.stream(JSON.convertValue(node.get(key), int[].class));
  }

  /** A beam that holds all sequences, against all sequences. */
  @Test
  void wideBeamsFindTheBestOfAll() {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      Language language = new Language(seed, 6);
      int min = random.nextInt(3);
      double penalty = List.of(0.0, 0.6, 1.0).get(random.nextInt(3));
      BeamOptions options = new BeamOptions(400, min, 3, penalty, random.nextInt(4));
      int[] beginning = random.nextBoolean() ? new int[] {BEGIN} : new int[] {BEGIN, 4};
      int[] free = List.of(new int[] {0, 3, 4, 5}, new int[] {3, 4}).get(random.nextInt(2));
      BeamTokens tokens = BeamTokens.only(6, PAD, END, free);
      List<Finished> found = language.search(options, tokens, beginning);
      List<Finished> all = new ArrayList<>();
      enumerate(language, options, free, beginning, all);
      Finished best = all.stream().reduce((a, b) -> b.score() > a.score() ? b : a).orElseThrow();
      assertThat(found).as("seed %d", seed).hasSameSizeAs(all);
      assertThat(found.get(0).ids()).as("seed %d", seed).isEqualTo(best.ids());
      assertThat(found.get(0).score()).isCloseTo(best.score(), within(1e-5));
    }
  }

  /** Every sequence from this one on that the rules permit. */
  private static void enumerate(
      Language language, BeamOptions options, int[] free, int[] ids, List<Finished> all) {
    int length = ids.length - 1;
    if (length >= options.minLength()) {
      int[] ended = with(ids, END);
      double penalty = Math.pow(ended.length - 1, options.lengthPenalty());
      all.add(new Finished(tail(ended), language.logProbability(ended) / penalty));
    }
    if (length < options.maxLength()) {
      for (int id : free) {
        if (!repeats(with(ids, id), options.noRepeat())) {
          enumerate(language, options, free, with(ids, id), all);
        }
      }
    }
  }

  /** Whether the n-gram at the end is elsewhere, too. */
  private static boolean repeats(int[] ids, int n) {
    return n > 0
        && IntStream.range(0, ids.length - n)
            .anyMatch(at -> Arrays.equals(ids, at, at + n, ids, ids.length - n, ids.length));
  }

  @Test
  void oneBeamIsGreedy() {
    Set<Integer> lengths = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      Language language = new Language(seed, 7);
      int[] ids = {BEGIN};
      while (ids[ids.length - 1] != END) {
        float[] row = language.row(ids);
        int last = ids.length - 1 == 8 ? END : 6;
        int from = last == END ? END : 0;
        int best = from;
        for (int id = from; id <= last; id++) {
          best = id != PAD && row[id] > row[best] ? id : best;
        }
        ids = with(ids, best);
      }
      BeamOptions greedy = new BeamOptions(1, 0, 8, 1, 0);
      List<Finished> found =
          language.search(greedy, BeamTokens.all(7, PAD, END), new int[] {BEGIN});
      assertThat(found).hasSize(1);
      assertThat(found.get(0).ids()).as("seed %d", seed).isEqualTo(tail(ids));
      lengths.add(ids.length);
    }
    assertThat(lengths).hasSizeGreaterThan(4);
  }

  @Test
  void equalsGoByTheirPlace() {
    BeamSearch search = search(new BeamOptions(2, 0, 5, 1, 0), 6);
    float[] even = new float[6];
    Arrays.fill(even, -1.5f);
    assertThat(search.next(rows(even)))
        .as("the end is the second of the best two")
        .containsExactly(new Continuation(0, 0), new Continuation(0, 3));
    assertThat(search.finished()).hasSize(1);
    assertThat(search.next(rows(even, even))).isEmpty();
    assertThat(search.finished())
        .extracting(each -> Arrays.toString(each.ids()))
        .containsExactly("[2]", "[0, 2]");
    assertThat(search.finished()).extracting(Finished::score).containsExactly(-1.5, -1.5);
  }

  @Test
  void anEndBehindTheBestIsDropped() {
    BeamSearch search = search(new BeamOptions(2, 0, 5, 0, 0), 6);
    float[] row = {-9, -9, -3, -1, -2, -4};
    assertThat(search.next(rows(row)))
        .containsExactly(new Continuation(0, 3), new Continuation(0, 4));
    assertThat(search.finished()).isEmpty();
  }

  @Test
  void aForcedEndKeepsItsLogProbability() {
    BeamSearch search = search(new BeamOptions(2, 1, 1, 0, 0), 5);
    search.next(rows(new float[] {-9, -9, -0.5f, -1, -2}));
    assertThat(search.next(rows(new float[] {0, 0, -7, 0, 0}, new float[] {0, 0, -3, 0, 0})))
        .isEmpty();
    assertThat(search.finished())
        .extracting(each -> Arrays.toString(each.ids()))
        .containsExactly("[4, 2]", "[3, 2]");
    assertThat(search.finished()).extracting(Finished::score).containsExactly(-5.0, -8.0);
  }

  @Test
  void theBeginTokenIsPartOfAnNgram() {
    BeamSearch search = search(new BeamOptions(1, 4, 4, 0, 1), 5);
    assertThat(search.next(rows(new float[] {0, 0, 0, -1, -2})))
        .containsExactly(new Continuation(0, 3));
  }

  @Test
  void nothingPossibleEndsWithoutAnAnswer() {
    BeamOptions bins = new BeamOptions(3, 3, 4, 1, 1);
    BeamSearch search =
        new BeamSearch(bins, BeamTokens.only(5, PAD, END, 3, 4), new int[] {BEGIN}, 0);
    float[] row = {-1, -1, -1, -1, -1};
    assertThat(search.next(rows(row))).hasSize(2);
    assertThat(search.next(rows(row, row))).hasSize(2);
    assertThat(search.next(rows(row, row))).as("all were said, and it may not end").isEmpty();
    assertThat(search.ended()).isTrue();
    assertThat(search.finished()).isEmpty();
    assertThatThrownBy(() -> search.next(FloatBuffer.allocate(0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rowsAreReadFromThePosition() {
    FloatBuffer rows = FloatBuffer.wrap(new float[] {99, 99, -9, -9, -9, -1, -2, 99}, 2, 5);
    BeamSearch search = search(new BeamOptions(1, 0, 3, 1, 0), 5);
    assertThat(search.next(rows)).containsExactly(new Continuation(0, 3));
    assertThat(rows.position()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void faultyNumbersAreRefused(float faulty) {
    BeamSearch search = search(new BeamOptions(2, 0, 3, 1, 0), 5);
    assertThatThrownBy(() -> search.next(rows(new float[] {-1, -1, -1, faulty, -1})))
        .isInstanceOf(NativeFaultException.class)
        .hasMessageContaining("as log-probability of token 3");
  }

  @Test
  void mistakesOfTheCallerAreRefused() {
    BeamSearch search = search(new BeamOptions(2, 0, 3, 1, 0), 5);
    assertThatThrownBy(() -> search.next(FloatBuffer.allocate(10)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BeamOptions(0, 0, 3, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BeamOptions(1, 4, 3, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BeamOptions(1, 0, 3, Double.NaN, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BeamTokens.only(5, PAD, END, 5))
        .isInstanceOf(IndexOutOfBoundsException.class);
    BeamOptions two = new BeamOptions(1, 0, 2, 1, 0);
    assertThatThrownBy(
            () -> new BeamSearch(two, BeamTokens.all(5, PAD, END), new int[] {0, 3, 3, 3}, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static BeamSearch search(BeamOptions options, int vocabularySize) {
    return new BeamSearch(options, BeamTokens.all(vocabularySize, PAD, END), new int[] {BEGIN}, 0);
  }

  private static FloatBuffer rows(float[]... rows) {
    FloatBuffer buffer =
        FloatBuffer.allocate(Arrays.stream(rows).mapToInt(row -> row.length).sum());
    Arrays.stream(rows).forEach(buffer::put);
    return buffer.flip();
  }

  private static List<int[]> continued(List<int[]> live, List<Continuation> going) {
    return going.stream().map(each -> with(live.get(each.parent()), each.token())).toList();
  }

  private static int[] with(int[] ids, int more) {
    int[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = more;
    return longer;
  }

  private static int[] tail(int[] ids) {
    return Arrays.copyOfRange(ids, 1, ids.length);
  }

  /** Random log-probabilities of any continuation, the same whenever asked. */
  private record Language(int seed, int vocabularySize) {
    float[] row(int[] ids) {
      Random random = new Random(31L * Arrays.hashCode(ids) + seed);
      double[] logits = random.doubles(vocabularySize, -4, 4).toArray();
      double sum = Arrays.stream(logits).map(Math::exp).sum();
      float[] row = new float[vocabularySize];
      for (int id = 0; id < row.length; id++) {
        row[id] = (float) (logits[id] - Math.log(sum));
      }
      return row;
    }

    /** Of everything behind the begin token. */
    double logProbability(int[] ids) {
      return IntStream.range(1, ids.length)
          .mapToDouble(at -> row(Arrays.copyOf(ids, at))[ids[at]])
          .sum();
    }

    List<Finished> search(BeamOptions options, BeamTokens tokens, int[] beginning) {
      BeamSearch search = new BeamSearch(options, tokens, beginning, logProbability(beginning));
      List<int[]> live = List.of(beginning);
      while (!search.ended()) {
        float[][] scores = live.stream().map(this::row).toArray(float[][]::new);
        live = continued(live, search.next(rows(scores)));
      }
      return search.finished();
    }
  }
}
