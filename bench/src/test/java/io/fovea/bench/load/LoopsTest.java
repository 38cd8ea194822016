package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.RequestRejectedException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closed and open loops, and how their requests are counted. */
@Timeout(60)
class LoopsTest {
  private static final long MILLI = 1_000_000;

  @Test
  void aClosedLoopTakesItsTurns() throws InterruptedException {
    AtomicIntegerArray turns = new AtomicIntegerArray(3);
    Callers.runTurns(3, 100, (caller, turn) -> turns.incrementAndGet(caller));
    assertThat(turns.get(0) + turns.get(1) + turns.get(2)).isGreaterThanOrEqualTo(100);
  }

  @Test
  void aFailureEndsAClosedLoop() {
    assertThatThrownBy(
            () ->
                Callers.run(
                    2,
                    50,
                    (caller, turn) -> {
                      if (turn == 3) {
                        throw new IllegalArgumentException("turn 3");
                      }
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("turn 3");
  }

  /** The first request takes 100 ms; the others are due meanwhile and must not wait for it. */
  @Test
  void anOpenLoopWaitsForNobody() throws InterruptedException {
    AtomicLongArray late = new AtomicLongArray(4);
    List<Long> due = List.of(0L, 10 * MILLI, 20 * MILLI, 30 * MILLI);
    OpenLoop.run(
        due,
        (index, planned) -> {
          late.set(index, System.nanoTime() - planned);
          if (index == 0) {
            sleep(1000);
          }
        });
    for (int i = 0; i < 4; i++) {
      assertThat(late.get(i)).as("request %d", i).isBetween(0L, 700 * MILLI);
    }
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void outcomesAreCountedByName() {
    Outcomes outcomes = new Outcomes();
    RequestRejectedException rejected = new RequestRejectedException("full", "wait", 3, null);
    outcomes.add("answered");
    outcomes.add(rejected);
    outcomes.add(new CompletionException(rejected));
    outcomes.add(new OutOfMemoryError());
    outcomes.add(new IllegalStateException("no room", new OutOfMemoryError()));
    assertThat(Text.counts(outcomes.counts()))
        .isEqualTo(
            "1 IllegalStateException of OutOfMemoryError, 1 OutOfMemoryError,"
                + " 2 RequestRejectedException, 1 answered");
  }

  /** Examples worked by hand: equal shares, everything to one of four, and (1 + 3)² / (2 · 10). */
  @Test
  void jainsIndex() {
    assertThat(Fairness.jain(new double[] {2, 2, 2})).isEqualTo(1);
    assertThat(Fairness.jain(new double[] {0, 5, 0, 0})).isEqualTo(0.25);
    assertThat(Fairness.jain(new double[] {1, 3})).isEqualTo(0.8);
  }
}
