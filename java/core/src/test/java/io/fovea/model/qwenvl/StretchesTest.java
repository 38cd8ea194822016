package io.fovea.model.qwenvl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps of 2,048, 4,096 and 8,192 tokens, as the published model has them. */
class StretchesTest {
  private static final Stretches PUBLISHED = new Stretches(2048, 8192, 3);

  @ParameterizedTest
  @CsvSource({"1, 0", "2048, 0", "2049, 8192", "4096, 8192", "4097, 16384", "8192, 16384"})
  void aPromptsLengthDecides(int tokens, int origin) {
    assertThat(PUBLISHED.origin(tokens)).isEqualTo(origin);
  }

  @Test
  void oneStepIsTheOnlyOne() {
    assertThat(new Stretches(2048, 8192, 1).origin(8000)).isZero();
  }
}
