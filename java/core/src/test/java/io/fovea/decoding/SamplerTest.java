package io.fovea.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.InvalidRequestException;
import io.fovea.NativeFaultException;
import io.fovea.sampling.SamplingOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final SamplingOptions PLAIN =
      SamplingOptions.builder().temperature(1).seed(0L).build();

  @Test
  void greedyTakesTheLargestLogitAndTheLowestIdAmongEquals() {
    assertThat(greedy(1, 5, 5, 2)).isEqualTo(1);
    assertThat(greedy(-3, -1, -2)).isEqualTo(1);
    assertThat(greedy(-0.0f, 0.0f)).isZero();
    assertThat(greedy(Float.NEGATIVE_INFINITY, -1e30f)).isEqualTo(1);
  }

  @Test
  void greedyAmongTheAllowedTakesTheLowestIdWhateverTheirOrder() {
    Sampler sampler = new Sampler(SamplingOptions.greedy(), 5);
    assertThat(sampler.nextAllowed(logits(9, 1, 4, 4, 2), new int[] {3, 4, 2})).isEqualTo(2);
    assertThat(sampler.nextAllowed(logits(9, 1, 4, 4, 2), new int[] {4})).isEqualTo(4);
  }

  @Test
  void logitsOfForbiddenTokensAreNotRead() {
    Sampler sampler = new Sampler(PLAIN, 3);
    assertThat(sampler.nextAllowed(logits(Float.NaN, 1, Float.NaN), new int[] {1})).isEqualTo(1);
  }

  @Test
  void thePenaltyIsExactlyThatOfTransformers() {
    float penalty = 1.3f;
    Sampler sampler = new Sampler(SamplingOptions.builder().repetitionPenalty(penalty).build(), 2);
    sampler.observe(0, 0, 0); // counts once
    float positive = 2.6f / penalty;
    assertThat(sampler.next(logits(2.6f, Math.nextDown(positive)))).isEqualTo(0);
    Sampler other = new Sampler(SamplingOptions.builder().repetitionPenalty(penalty).build(), 2);
    other.observe(0);
    assertThat(other.next(logits(2.6f, Math.nextUp(positive)))).isEqualTo(1);
    Sampler negative = new Sampler(SamplingOptions.builder().repetitionPenalty(penalty).build(), 2);
    negative.observe(0);
    assertThat(negative.next(logits(-1, Math.nextUp(-1 * penalty)))).isEqualTo(1);
  }

  @Test
  void aChosenTokenIsPenalisedFromThenOn() {
    Sampler sampler = new Sampler(SamplingOptions.builder().repetitionPenalty(2).build(), 3);
    FloatBuffer logits = logits(4, 3, 1.9f);
    int[] chosen = IntStream.range(0, 3).map(i -> sampler.next(logits)).toArray();
    assertThat(chosen).containsExactly(0, 1, 0); // 4, 3, then 2 before 1.9 and 1.5
  }

  @Test
  void drawsFollowTheSoftmax() {
    float[] x = {0, 1, 2, -1, 0.5f, 3, -2, 1.5f};
    double all = 0;
    for (float logit : x) {
      all += Math.exp(logit / 1.5);
    }
    int draws = 100_000;
    int[] counts = new int[x.length];
    Sampler sampler = new Sampler(PLAIN.toBuilder().temperature(1.5f).seed(42L).build(), x.length);
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(logits(x))]++;
    }
    double chiSquare = 0;
    for (int id = 0; id < x.length; id++) {
      double expected = draws * Math.exp(x[id] / 1.5) / all;
      chiSquare += (counts[id] - expected) * (counts[id] - expected) / expected;
    }
    // 7 degrees of freedom: above 24.3 once in a thousand seeds, and this seed is fixed
    assertThat(chiSquare).isLessThan(24.3);
  }

  @Test
  void neighbouringSeedsGiveIndependentFirstDraws() {
    int[] counts = new int[4];
    for (int seed = 0; seed < 4000; seed++) {
      counts[
          new Sampler(PLAIN.toBuilder().seed((long) seed).build(), 4).next(logits(0, 0, 0, 0))]++;
    }
    assertThat(Arrays.stream(counts))
        .allMatch(count -> Math.abs(count - 1000) < 110); // 4 standard deviations
  }

  @Test
  void aSeedReproducesItsTokens() {
    SamplingOptions options =
        SamplingOptions.builder()
            .temperature(0.8f)
            .topK(50)
            .topP(0.8f)
            .repetitionPenalty(1.1f)
            .seed(7L)
            .build();
    assertThat(run(options)).isEqualTo(run(options));
    assertThat(run(options)).isNotEqualTo(run(options.toBuilder().seed(8).build()));
  }

  @Test
  void theGeneratorIsSplitMix64() {
    SplitMix64 random = new SplitMix64(1234567);
    long[] published = {6457827717110365317L, 3203168211198807973L, -8629252141511181193L};
    for (long expected : published) {
      assertThat(random.nextLong()).isEqualTo(expected);
    }
  }

  @Test
  void aVanishingTemperatureIsGreedy() {
    Sampler sampler = new Sampler(PLAIN.toBuilder().temperature(Float.MIN_VALUE).build(), 3);
    assertThat(IntStream.range(0, 50).map(i -> sampler.next(logits(1, 80, 79.99f))))
        .containsOnly(1);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void aBrokenLogitIsReported(float broken) {
    FloatBuffer logits = logits(1, broken, 2);
    assertThatThrownBy(() -> new Sampler(PLAIN, 3).next(logits))
        .isInstanceOf(NativeFaultException.class)
        .hasMessageContaining(broken + " as logit of token 1");
    assertThatThrownBy(() -> new Sampler(SamplingOptions.greedy(), 3).next(logits))
        .isInstanceOf(NativeFaultException.class);
    assertThatThrownBy(() -> Sampler.logProbability(logits, 0))
        .isInstanceOf(NativeFaultException.class);
  }

  @Test
  void logitsThatRuleOutEverythingAreReported() {
    float never = Float.NEGATIVE_INFINITY;
    assertThatThrownBy(() -> new Sampler(PLAIN, 2).next(logits(never, never)))
        .isInstanceOf(NativeFaultException.class)
        .hasMessageContaining("every token");
    assertThatThrownBy(() -> new Sampler(PLAIN, 2).nextAllowed(logits(1, never), new int[] {1}))
        .isInstanceOf(NativeFaultException.class);
  }

  @Test
  void wrongArgumentsAreRefused() {
    Sampler sampler = new Sampler(PLAIN, 3);
    FloatBuffer logits = logits(1, 2, 3);
    assertThatThrownBy(() -> sampler.next(logits(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 logits for a vocabulary of 3");
    assertThatThrownBy(() -> sampler.nextAllowed(logits, new int[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> sampler.nextAllowed(logits, new int[] {1, 2, 1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token 1");
    assertThatThrownBy(() -> sampler.nextAllowed(logits, new int[] {3}))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> sampler.observe(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new Sampler(PLAIN, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theBufferIsReadFromItsPositionAndLeftAsItWas() {
    FloatBuffer row = ByteBuffer.allocateDirect(24).order(ByteOrder.nativeOrder()).asFloatBuffer();
    row.put(new float[] {9, 9, 1, 2, 0, 9}).position(2).limit(5);
    assertThat(new Sampler(SamplingOptions.greedy(), 3).next(row)).isEqualTo(1);
    assertThat(Sampler.logProbability(row, 0)).isCloseTo(-1.40760596, within(1e-8));
    assertThat(row.position()).isEqualTo(2);
    assertThat(row.limit()).isEqualTo(5);
  }

  @Test
  void logProbabilitiesAreThoseOfTheSoftmax() {
    FloatBuffer logits = logits(1000, 1001, 1002, Float.NEGATIVE_INFINITY);
    double e = Math.E;
    assertThat(Sampler.logProbability(logits, 2))
        .isCloseTo(-Math.log(1 + 1 / e + 1 / (e * e)), within(1e-12));
    assertThat(Sampler.logProbability(logits, 3)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(Sampler.logProbability(logits, 0, new int[] {1, 0}))
        .isCloseTo(-Math.log(1 + e), within(1e-12));
    assertThat(Sampler.logProbability(logits, 1, new int[] {1})).isZero();
    assertThatThrownBy(() -> Sampler.logProbability(logits, 2, new int[] {0, 1}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Sampler.logProbability(logits, 4))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void optionsOutOfRangeAreNamed() {
    refused("temperature", () -> PLAIN.toBuilder().temperature(-0.1f).build());
    refused("temperature", () -> PLAIN.toBuilder().temperature(Float.NaN).build());
    refused("temperature", () -> PLAIN.toBuilder().temperature(Float.POSITIVE_INFINITY).build());
    refused("topK", () -> PLAIN.toBuilder().topK(-1).build());
    refused("topP", () -> PLAIN.toBuilder().topP(1.01f).build());
    refused("topP", () -> PLAIN.toBuilder().topP(-0.01f).build());
    refused("topP", () -> PLAIN.toBuilder().topP(Float.NaN).build());
    refused("repetitionPenalty", () -> PLAIN.toBuilder().repetitionPenalty(0).build());
    refused("repetitionPenalty", () -> PLAIN.toBuilder().repetitionPenalty(Float.NaN).build());
  }

  private static void refused(String option, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith(option + " is ");
  }

  private static int greedy(float... x) {
    return new Sampler(SamplingOptions.greedy(), x.length).next(logits(x));
  }

  private static int[] run(SamplingOptions options) {
    Random random = new Random(1);
    Sampler sampler = new Sampler(options, 1000);
    float[] x = new float[1000];
    return IntStream.range(0, 64)
        .map(
            step -> {
              for (int id = 0; id < x.length; id++) {
                x[id] = (float) random.nextGaussian() * 2;
              }
              return sampler.next(logits(x));
            })
        .toArray();
  }

  private static FloatBuffer logits(float... x) {
    return FloatBuffer.wrap(x);
  }
}
