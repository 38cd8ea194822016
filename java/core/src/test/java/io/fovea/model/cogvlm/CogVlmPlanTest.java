package io.fovea.model.cogvlm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.model.TokenPlan;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CogVlmPlanTest {
  /** Of token types as the published model has them: 0 language, 1 vision. */
  private static TokenPlan plan(int... types) {
    return CogVlmPlan.of(Arrays.stream(types).map(type -> type - 1).toArray());
  }

  /** Token types and the positions that the published model's function gives for them. */
  @Test
  void positionsOfKnownSequences() {
    assertThat(plan(0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0).positions(0))
        .containsExactly(0, 1, 2, 2, 2, 2, 2, 3, 4, 5, 6, 7);
    assertThat(plan(0, 0, 0).positions(0)).containsExactly(0, 1, 2);
    assertThat(plan(0).positions(0)).containsExactly(0);
    assertThat(plan().positions(0)).isEmpty();
  }

  /** 490 pixels: begin token, 1227 image places, text; 1226 rows take the vision expert. */
  @Test
  void realImage() {
    int[] types = new int[1 + 1227 + 5];
    Arrays.fill(types, 1, 1228, 1);
    TokenPlan plan = plan(types);
    int vision = 0;
    for (int t = 0; t < types.length; t++) {
      vision += plan.usesVisionExpert(t) ? 1 : 0;
    }
    assertThat(vision).isEqualTo(1226);
    assertThat(plan.usesVisionExpert(1227)).as("the end marker").isFalse();
    assertThat(plan.position(0, 1227)).isEqualTo(3);
    assertThat(plan.position(0, 1228)).isEqualTo(4);
  }

  /** Any types, also such as no prompt has, against the rules written out step by step. */
  @Test
  void anySequenceFollowsTheRulesAsWritten() {
    long seed = 20261122;
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      int[] types = new int[random.nextInt(24)];
      for (int t = 0; t < types.length; t++) {
        types[t] = random.nextInt(3) == 0 ? 0 : 1;
      }
      TokenPlan plan = plan(types);
      assertThat(plan.positions(0)).as("seed %d round %d", seed, round).isEqualTo(positions(types));
      boolean[] expected = visionMask(types);
      for (int t = 0; t < types.length; t++) {
        assertThat(plan.usesVisionExpert(t)).isEqualTo(expected[t]);
        assertThat(plan.picture(t)).isEqualTo(types[t] - 1);
      }
    }
  }

  /** vision_mask[:, :-1] = (type[:, :-1] == 1) & (type[:, 1:] == 1), the last one false. */
  private static boolean[] visionMask(int[] types) {
    boolean[] mask = new boolean[types.length];
    for (int t = 0; t < types.length - 1; t++) {
      mask[t] = types[t] == 1 && types[t + 1] == 1;
    }
    return mask;
  }

  /** Image ends are marked as language first; then a patch right after a patch does not count. */
  private static int[] positions(int[] types) {
    int length = types.length;
    int[] marked = types.clone();
    for (int t = 0; t < length; t++) {
      boolean first = types[t] == 1 && (t == 0 || types[t - 1] == 0);
      boolean last = types[t] == 1 && (t == length - 1 || types[t + 1] == 0);
      if (first || last) {
        marked[t] = 0;
      }
    }
    int[] positions = new int[length];
    int position = 0;
    for (int t = 0; t < length; t++) {
      if (t > 0 && (marked[t] == 0 || marked[t - 1] == 0)) {
        position++;
      }
      positions[t] = position;
    }
    return positions;
  }
}
