package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromptPaceTest {
  private final PromptPace pace = new PromptPace();

  @Test
  void holdsNothingBackBeforeItKnowsAnything() {
    assertThat(pace.rows(256)).isEqualTo(256);
    pace.took(true, 0, 1000);
    assertThat(pace.rows(256)).isEqualTo(256);
  }

  @Test
  void promptsTakeAboutAsLongAsADecodeStep() {
    for (int step = 0; step < 50; step++) {
      pace.took(true, 0, 100_000);
      pace.took(true, 100, 100_000 + 100 * 1_000);
    }
    assertThat(pace.rows(256)).isBetween(95, 105);
    assertThat(pace.rows(64)).isEqualTo(64);
  }

  @Test
  void someRowsAlwaysRun() {
    for (int step = 0; step < 50; step++) {
      pace.took(true, 0, 1_000);
      pace.took(false, 256, 256_000);
    }
    assertThat(pace.rows(256)).isEqualTo(32);
  }

  @Test
  void followsAMachineThatBecomesSlower() {
    for (int step = 0; step < 50; step++) {
      pace.took(true, 0, 100_000);
      pace.took(true, 100, 200_000);
    }
    for (int step = 0; step < 50; step++) {
      pace.took(true, 100, 600_000);
    }
    assertThat(pace.rows(256)).isEqualTo(32);
  }
}
