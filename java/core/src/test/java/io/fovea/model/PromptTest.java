package io.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PromptTest {
  private static final long PICTURE = 0x1234_5678_9abc_def0L;

  private static Prompt prompt(int origin) {
    int[] ids = {7, 8, 9, 9, 9, 7};
    int[] pictures = {TokenPlan.NONE, TokenPlan.NONE, 0, 0, 0, TokenPlan.NONE};
    return new Prompt(ids, TokenPlan.counting(pictures, 0).from(origin));
  }

  /** Where a model's tables begin for a sequence, its keys and values depend on. */
  @Test
  void anotherOriginMakesEveryKeyAnother() {
    long[] all =
        LongStream.concat(
                Arrays.stream(prompt(0).keys(PICTURE)), Arrays.stream(prompt(512).keys(PICTURE)))
            .toArray();
    assertThat(LongStream.of(all).distinct().count()).isEqualTo(2 * 5); // 7 is there twice
    assertThat(prompt(512).keys(PICTURE)).isEqualTo(prompt(512).keys(PICTURE));
  }

  @Test
  void aWordOfTheAnswerIsKnownLikeOneOfThePrompt() {
    for (int origin : new int[] {0, 512}) {
      long[] keys = prompt(origin).keys(PICTURE);
      assertThat(prompt(origin).wordKey(8)).isEqualTo(keys[1]);
      assertThat(prompt(origin).wordKey(7)).isEqualTo(keys[5]);
    }
  }

  @Test
  void positionsCountFromTheOrigin() {
    TokenPlan plan = prompt(512).plan();
    assertThat(plan.position(0, 2)).isEqualTo(514);
    assertThat(plan.next()).isEqualTo(518);
    assertThat(plan.positions(0)).containsExactly(0, 1, 2, 3, 4, 5);
  }
}
