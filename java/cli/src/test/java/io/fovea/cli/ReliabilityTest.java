package io.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReliabilityTest {
  /** Added in another order: 25 boxes, of which the ten least confident are wrong. */
  @Test
  void tenthsGoByCalibratedConfidence() {
    Reliability reliability = new Reliability();
    IntStream.range(0, 25).map(i -> i * 7 % 25).forEach(i -> reliability.add(i / 100.0, i >= 10));
    List<Reliability.Tenth> tenths = reliability.tenths();
    assertThat(tenths).hasSize(10);
    assertThat(tenths.get(0)).isEqualTo(new Reliability.Tenth(2, 0, 0.01, 0.005, 0));
    assertThat(tenths.get(3)).isEqualTo(new Reliability.Tenth(3, 0.07, 0.09, 0.08, 0));
    assertThat(tenths.get(4)).isEqualTo(new Reliability.Tenth(2, 0.1, 0.11, 0.105, 1));
    assertThat(tenths)
        .extracting(Reliability.Tenth::count)
        .containsExactly(2, 3, 2, 3, 2, 3, 2, 3, 2, 3);
  }

  @Test
  void ofFewBoxesOneEachAndOfNoneNone() {
    Reliability reliability = new Reliability();
    assertThat(reliability.tenths()).isEmpty();
    reliability.add(0.5, true);
    assertThat(reliability.tenths()).containsExactly(new Reliability.Tenth(1, 0.5, 0.5, 0.5, 1));
  }
}
