package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private static final double RATE = 250;
  private static final int COUNT = 40_000;

  private static List<Long> times(long seed) {
    Arrivals arrivals = new Arrivals(RATE, seed);
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      times.add(arrivals.next());
    }
    return times;
  }

  @Test
  void sameSeedSameTimes() {
    assertThat(times(3)).isEqualTo(times(3)).isSorted();
    assertThat(times(4)).isNotEqualTo(times(3));
  }

  /** Exponential gaps: mean 1/rate, standard deviation the same, a share of 1/e above the mean. */
  @Test
  void gapsAreExponential() {
    List<Long> times = times(7);
    double mean = 1e9 / RATE;
    double sum = 0;
    double squares = 0;
    int longer = 0;
    for (int i = 0; i < COUNT; i++) {
      double gap = times.get(i) - (i == 0 ? 0 : times.get(i - 1));
      sum += gap;
      squares += gap * gap;
      longer += gap > mean ? 1 : 0;
    }
    double deviation = Math.sqrt(squares / COUNT - Math.pow(sum / COUNT, 2));
    assertThat(sum / COUNT / mean).isBetween(0.98, 1.02);
    assertThat(deviation / mean).isBetween(0.97, 1.03);
    assertThat((double) longer / COUNT).isBetween(0.36, 0.376);
  }

  /** The number in a second is Poisson distributed: its variance is its mean. */
  @Test
  void countsASecondArePoisson() {
    int seconds = (int) (COUNT / RATE) - 2;
    int[] counts = new int[seconds];
    for (long time : times(9)) {
      int second = (int) (time / 1_000_000_000L);
      if (second < seconds) {
        counts[second]++;
      }
    }
    double mean = 0;
    double squares = 0;
    for (int count : counts) {
      mean += (double) count / seconds;
      squares += (double) count * count / seconds;
    }
    assertThat(mean).isBetween(245.0, 255.0);
    assertThat((squares - mean * mean) / mean).isBetween(0.6, 1.5); // 6 deviations of 158 counts
  }

  @Test
  void aRateIsAboveZero() {
    assertThatThrownBy(() -> new Arrivals(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Arrivals(Double.NaN, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
