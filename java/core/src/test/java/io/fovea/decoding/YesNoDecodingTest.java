package io.fovea.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fovea.sampling.SamplingOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YesNoDecodingTest {
  /** Log-odds of the likelier and the other answer, also where a probability is 1 in double. */
  @ParameterizedTest
  @CsvSource({"0.0", "0.3", "5.0", "36.0", "45.0"})
  void logOddsAreThoseOfTheLogits(double difference) {
    Sampler sampler = new Sampler(SamplingOptions.greedy(), 16);
    double p = -Math.log1p(Math.exp(-difference));
    YesNoDecoding yes = new YesNoDecoding(7, 9, sampler);
    assertThat(yes.logOdds()).isNaN();
    yes.next(new Choice.Chosen(7, p, null));
    YesNoDecoding no = new YesNoDecoding(7, 9, sampler);
    no.next(new Choice.Chosen(9, p, null));
    assertThat(yes.logOdds()).isCloseTo(difference, within(1e-6 + difference * 1e-2));
    assertThat(no.logOdds()).isEqualTo(-yes.logOdds());
    YesNoDecoding certain = new YesNoDecoding(7, 9, sampler);
    certain.next(new Choice.Chosen(9, 0, null));
    assertThat(certain.logOdds()).isFinite().isLessThan(-100);
  }
}
