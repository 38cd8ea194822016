package io.fovea.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.sampling.SamplingOptions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidatesTest {
  private static final int V = 40;

  @Test
  void probabilitiesAreThoseOfTheFloat64Oracle() {
    Candidates candidates = new Candidates(V);
    for (int seed = 0; seed < 5000; seed++) {
      Random random = new Random(seed);
      float[] scores = scores(random);
      SamplingOptions options =
          SamplingOptions.builder()
              .temperature(pick(random, 0.05f, 0.7f, 1, 3))
              .topK((int) pick(random, 0, 0, 1, 2, 5, V - 1, V, 2 * V))
              .topP(pick(random, 0, 1e-6f, 0.4f, 0.9f, 0.999f, 1, 1))
              .build();
      int[] allowed = allowed(random);
      candidates.select(scores, allowed, largest(scores, allowed), options);
      Map<Integer, Double> expected = oracle(scores, allowed, options);
      assertThat(possible(candidates).keySet())
          .as("seed %d, %s", seed, options)
          .isEqualTo(expected.keySet());
      possible(candidates)
          .forEach(
              (id, probability) -> {
                double error = Math.abs(probability - expected.getOrDefault(id, Double.NaN));
                if (!(error <= 1e-12)) {
                  throw new AssertionError(options + " token " + id + " is off by " + error);
                }
              });
    }
  }

  @Test
  void tokensThatEqualTheKthLargestStay() {
    assertThat(kept(new float[] {1, 3, 2, 2, 2, 0}, 2, 1)).containsExactly(1, 2, 3, 4);
    assertThat(kept(new float[] {1, 3, 2, 2, 2, 0}, 1, 1)).containsExactly(1);
    assertThat(kept(new float[] {-0.0f, 0.0f, -1}, 1, 1)).containsExactly(0, 1);
  }

  @Test
  void topPKeepsTheLikeliestAndTheLowerIdAmongEquals() {
    float[] equal = new float[4]; // a quarter each
    assertThat(kept(equal, 0, 0)).containsExactly(0);
    assertThat(kept(equal, 0, 0.25f)).containsExactly(0);
    assertThat(kept(equal, 0, 0.26f)).containsExactly(0, 1);
    assertThat(kept(equal, 0, 1)).containsExactly(0, 1, 2, 3);
    assertThat(kept(new float[] {1, 9, 1}, 3, 0)).containsExactly(1);
  }

  @Test
  void theCumulativeDistributionIsCutAtEveryProbability() {
    Candidates candidates = new Candidates(3);
    float[] scores = {(float) Math.log(1), (float) Math.log(2), Float.NEGATIVE_INFINITY};
    candidates.select(scores, new int[] {2, 0, 1}, scores[1], options(0, 1));
    assertThat(candidates.at(0)).isEqualTo(0);
    assertThat(candidates.at(0.333)).isEqualTo(0);
    assertThat(candidates.at(0.334)).isEqualTo(1);
    assertThat(candidates.at(Math.nextDown(1.0))).isEqualTo(1);
  }

  /** Sorts everything, in double, straight from the definition in {@link SamplingOptions}. */
  private static Map<Integer, Double> oracle(float[] x, int[] allowed, SamplingOptions options) {
    List<Integer> order =
        Arrays.stream(allowed)
            .boxed()
            .sorted(Comparator.<Integer>comparingDouble(id -> -x[id]).thenComparing(id -> id))
            .collect(Collectors.toList());
    if (options.topK() > 0 && options.topK() < order.size()) {
      float kth = x[order.get(options.topK() - 1)];
      order.removeIf(id -> x[id] < kth);
    }
    double all =
        order.stream().mapToDouble(id -> Math.exp(x[id] / (double) options.temperature())).sum();
    Map<Integer, Double> kept = new TreeMap<>();
    double before = 0;
    for (int id : order) {
      double probability = Math.exp(x[id] / (double) options.temperature()) / all;
      if (kept.isEmpty() || options.topP() == 1 || before < options.topP()) {
        kept.put(id, probability);
      }
      before += probability;
    }
    double sum = kept.values().stream().mapToDouble(p -> p).sum();
    kept.replaceAll((id, probability) -> probability / sum);
    kept.values().removeIf(probability -> probability == 0);
    return kept;
  }

  private static Map<Integer, Double> possible(Candidates candidates) {
    Map<Integer, Double> possible = new TreeMap<>();
    for (int i = 0; i < candidates.count(); i++) {
      if (candidates.probability(i) > 0) {
        possible.put(candidates.id(i), candidates.probability(i));
      }
    }
    return possible;
  }

  private static int[] kept(float[] scores, int topK, float topP) {
    Candidates candidates = new Candidates(scores.length);
    int[] all = IntStream.range(0, scores.length).toArray();
    candidates.select(scores, all, largest(scores, all), options(topK, topP));
    return IntStream.range(0, candidates.count()).map(candidates::id).sorted().toArray();
  }

  private static SamplingOptions options(int topK, float topP) {
    return SamplingOptions.builder().temperature(1).topK(topK).topP(topP).build();
  }

  /** Distinct and equal scores, some impossible. */
  private static float[] scores(Random random) {
    boolean coarse = random.nextBoolean();
    float[] scores = new float[V];
    for (int id = 0; id < V; id++) {
      float score = (float) random.nextGaussian() * 3;
      scores[id] = coarse ? Math.round(score) : score;
      if (random.nextInt(20) == 0) {
        scores[id] = Float.NEGATIVE_INFINITY;
      }
    }
    scores[0] = 1; // always allowed, so never all impossible
    return scores;
  }

  private static int[] allowed(Random random) {
    int step = 1 + random.nextInt(3);
    return IntStream.range(0, V).filter(id -> id % step == 0).toArray();
  }

  private static float largest(float[] scores, int[] allowed) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int id : allowed) {
      largest = Math.max(largest, scores[id]);
    }
    return largest;
  }

  private static float pick(Random random, float... values) {
    return values[random.nextInt(values.length)];
  }
}
