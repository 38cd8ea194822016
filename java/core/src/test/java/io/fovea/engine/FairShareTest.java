package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FairShareTest {
  private final FairShare fair = new FairShare(Map.of("heavy", 3.0));
  private final Map<Work, Integer> rows = new HashMap<>();

  private IdleWork join(Priority priority, @Nullable String caller) {
    IdleWork work = new IdleWork(priority, caller, null);
    fair.join(work);
    rows.put(work, 0);
    return work;
  }

  private IdleWork join(@Nullable String caller) {
    return join(Priority.NORMAL, caller);
  }

  /** Steps of {@code batch} decoded tokens; returns who was served by the last. */
  private List<Work> steps(int steps, int batch, List<? extends Work> works) {
    List<Work> served = List.of();
    for (int step = 0; step < steps; step++) {
      List<Work> order = fair.order(List.copyOf(works));
      served = order.subList(0, Math.min(batch, order.size()));
      served.forEach(work -> fair.serve(work, 1));
      served.forEach(work -> rows.merge(work, 1, Integer::sum));
      fair.endStep();
    }
    return served;
  }

  private int rows(Work work) {
    return rows.getOrDefault(work, 0);
  }

  @Test
  void equalsGetEqualShares() {
    List<IdleWork> works = IntStream.range(0, 32).mapToObj(i -> join(null)).toList();
    steps(400, 8, works);
    assertThat(works).allSatisfy(work -> assertThat(rows(work)).isBetween(99, 101));
  }

  @Test
  void aNewcomerIsServedAtOnceAndAtEveryStepUntilItsFreeServiceIsSpent() {
    List<Work> works = new ArrayList<>(IntStream.range(0, 32).mapToObj(i -> join(null)).toList());
    steps(1000, 8, works);
    Work newcomer = join(null);
    works.add(newcomer);
    for (int step = 0; step < 60; step++) {
      assertThat(steps(1, 8, works)).contains(newcomer);
    }
    steps(400, 8, works);
    assertThat(rows(newcomer)).isLessThan(60 + 150); // an equal afterwards
  }

  @Test
  void aCallersRequestsShareOneShare() {
    IdleWork alone = join("one");
    List<Work> works = new ArrayList<>(List.of(alone));
    for (int i = 0; i < 9; i++) {
      works.add(join("many"));
    }
    steps(800, 1, works);
    assertThat(rows(alone)).isBetween(390, 410);
    assertThat(works.subList(1, 10)).allSatisfy(work -> assertThat(rows(work)).isPositive());
  }

  @Test
  void weightsDivideTheShare() {
    IdleWork heavy = join("heavy");
    IdleWork light = join("light");
    steps(900, 1, List.of(heavy, light));
    assertThat((double) rows(heavy) / rows(light)).isBetween(2.5, 3.5);
  }

  @Test
  void urgentGoesFirstAndNobodyIsForgotten() {
    List<Work> works = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      works.add(join(Priority.HIGH, null));
    }
    IdleWork low = join(Priority.LOW, null);
    works.add(low);
    steps(400, 4, works);
    assertThat(rows(low)).isBetween(23, 26); // once in 3 * 5 + 1 steps
  }

  /** Whoever comes back often gets no free service each time. */
  @Test
  void comingBackIsNoNewBeginning() {
    IdleWork steady = join("steady");
    for (int request = 0; request < 200; request++) {
      IdleWork again = join("again");
      steps(8, 1, List.of(steady, again));
      fair.leave(again);
      rows.merge(steady, 0, Integer::sum);
    }
    assertThat(rows(steady)).isBetween(650, 900); // of 1600
  }

  @Test
  void aFloodOfNewcomersLeavesTheOldTheirTurns() {
    long seed = 5;
    Random random = new Random(seed);
    IdleWork old = join(null);
    List<Work> works = new ArrayList<>(List.of(old));
    for (int step = 0; step < 900; step++) {
      while (works.size() < 20) {
        works.add(join(null));
      }
      steps(1, 4, works);
      if (random.nextInt(3) == 0) {
        fair.leave(works.remove(1 + random.nextInt(works.size() - 1)));
      }
    }
    assertThat(rows(old)).as("seed %d", seed).isGreaterThanOrEqualTo(900 / 61);
  }
}
