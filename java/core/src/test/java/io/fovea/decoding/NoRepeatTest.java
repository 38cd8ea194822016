package io.fovea.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NoRepeatTest {
  /** Against the rule as it is written: every n-gram of what was said is looked at. */
  @Test
  void anySequenceFollowsTheRule() {
    Random random = new Random(3);
    for (int round = 0; round < 500; round++) {
      int n = random.nextInt(5);
      int[] prompt = random.ints(random.nextInt(8), 0, 4).toArray();
      NoRepeat rule = new NoRepeat(n, prompt);
      List<Integer> said = new ArrayList<>(Arrays.stream(prompt).boxed().toList());
      for (int step = 0; step < 12; step++) {
        assertThat(rule.banned()).as("n %d, said %s", n, said).isEqualTo(banned(said, n));
        int next = random.nextInt(4);
        rule.add(next);
        said.add(next);
      }
    }
  }

  private static int[] banned(List<Integer> said, int n) {
    TreeSet<Integer> banned = new TreeSet<>();
    if (n > 0 && said.size() >= n - 1) {
      List<Integer> tail = said.subList(said.size() - (n - 1), said.size());
      for (int at = 0; at + n <= said.size(); at++) {
        if (said.subList(at, at + n - 1).equals(tail)) {
          banned.add(said.get(at + n - 1));
        }
      }
    }
    return banned.stream().mapToInt(Integer::intValue).toArray();
  }
}
