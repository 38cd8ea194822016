package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplesTest {
  private static final long MILLI = 1_000_000;

  private static Samples of(List<Integer> millis) {
    Samples samples = new Samples();
    millis.forEach(each -> samples.add(each * MILLI));
    return samples;
  }

  /** The example in Wikipedia's article on the nearest-rank method. */
  @Test
  void nearestRankOfAKnownExample() {
    Samples samples = of(List.of(15, 20, 35, 40, 50));
    assertThat(samples.percentile(5)).isEqualTo(15);
    assertThat(samples.percentile(30)).isEqualTo(20);
    assertThat(samples.percentile(40)).isEqualTo(20);
    assertThat(samples.percentile(50)).isEqualTo(35);
    assertThat(samples.percentile(100)).isEqualTo(50);
  }

  /** Of 1 to 1000 the percentile p is 10 p exactly, also where 10 p / 100 is no binary number. */
  @Test
  void everyTenthOfAPercentOfAThousand() {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 1; i <= 1000; i++) {
      numbers.add(i);
    }
    Collections.shuffle(numbers, new Random(5));
    Samples samples = of(numbers);
    for (int rank = 1; rank <= 1000; rank++) {
      assertThat(samples.percentile(rank / 10.0)).as("rank %d", rank).isEqualTo(rank);
    }
    assertThat(samples.mean()).isEqualTo(500.5);
    assertThat(samples.raw())
        .containsEntry("count", 1000)
        .containsEntry("p99.9_ms", 999.0)
        .containsEntry("max_ms", 1000.0);
  }

  /** By counting: as many as wanted do not exceed it, and without it there would be too few. */
  @Test
  void isTheSmallestThatEnoughDoNotExceed() {
    Random random = new Random(6);
    for (int round = 0; round < 200; round++) {
      List<Integer> millis = new ArrayList<>();
      int count = 1 + random.nextInt(50);
      for (int i = 0; i < count; i++) {
        millis.add(random.nextInt(20));
      }
      int percent = 1 + random.nextInt(100);
      double found = of(millis).percentile(percent);
      long below = millis.stream().filter(each -> each < found).count();
      long upTo = millis.stream().filter(each -> each <= found).count();
      assertThat(100 * upTo)
          .as("seed 6, round %d", round)
          .isGreaterThanOrEqualTo((long) percent * count);
      assertThat(100 * below).as("seed 6, round %d", round).isLessThan((long) percent * count);
    }
  }

  @Test
  void nothingHasNoPercentile() {
    Samples none = new Samples();
    assertThat(none.percentile(50)).isNaN();
    assertThat(none.mean()).isNaN();
    assertThat(none.text()).isEqualTo("none");
    assertThatThrownBy(() -> none.percentile(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> none.percentile(100.1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void keepsAllOfManyThreads() throws InterruptedException {
    Samples samples = new Samples();
    Callers.runTurns(4, 5000, (caller, turn) -> samples.add(turn * MILLI));
    assertThat(samples.count()).isBetween(5000, 500_000);
    assertThat(samples.percentile(0.001)).isEqualTo(0);
  }
}
