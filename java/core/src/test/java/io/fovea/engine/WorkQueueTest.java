package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.EngineClosedException;
import io.fovea.NativeFaultException;
import io.fovea.RequestRejectedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkQueueTest {
  private static final Duration NOT_AT_ALL = Duration.ZERO;

  private final Observers observers = new Observers(List.of());

  private static IdleWork work(Priority priority) {
    return new IdleWork(priority, null, null);
  }

  private static void offer(WorkQueue queue, Work work, Duration patience)
      throws InterruptedException {
    try (WorkQueue.Places place = queue.claim(1, patience)) {
      place.give(work);
    }
  }

  private static IdleWork work() {
    return work(Priority.NORMAL);
  }

  @Test
  void urgentFirstThenTheOldest() throws InterruptedException {
    WorkQueue queue = new WorkQueue(10, observers);
    List<IdleWork> offered =
        List.of(work(Priority.LOW), work(), work(Priority.HIGH), work(), work(Priority.HIGH));
    for (IdleWork each : offered) {
      offer(queue, each, NOT_AT_ALL);
    }
    List<Work> taken = new ArrayList<>();
    for (Work next = queue.peek(false); next != null; next = queue.peek(false)) {
      assertThat(queue.take(next)).isTrue();
      taken.add(next);
    }
    assertThat(taken)
        .containsExactly(
            offered.get(2), offered.get(4), offered.get(1), offered.get(3), offered.get(0));
    assertThat(queue.peek(true)).isNull();
  }

  @Test
  void aRejectionTellsLengthAndExpectedWait() throws InterruptedException {
    WorkQueue queue = new WorkQueue(3, observers);
    for (int i = 0; i < 3; i++) {
      offer(queue, work(), NOT_AT_ALL);
    }
    assertThatThrownBy(() -> offer(queue, work(), NOT_AT_ALL))
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            e -> {
              assertThat(e.waiting()).isEqualTo(3);
              assertThat(e.expectedWait()).isEmpty(); // nothing left the queue yet
            })
        .hasMessageContainingAll("queueCapacity", "queueWait");
    for (int i = 0; i < 6; i++) {
      Thread.sleep(20);
      assertThat(queue.take(Objects.requireNonNull(queue.peek(false)))).isTrue();
      offer(queue, work(), NOT_AT_ALL);
    }
    assertThatThrownBy(() -> offer(queue, work(), NOT_AT_ALL))
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            // four times the mean of six intervals, the first of which began when it was taken
            e -> assertThat(e.expectedWait().orElseThrow()).isGreaterThan(Duration.ofMillis(60)));
  }

  @Test
  void whatComesAlongMakesNoWaitShorter() throws InterruptedException {
    WorkQueue queue = new WorkQueue(1, observers);
    for (int i = 0; i < 4; i++) {
      Thread.sleep(30);
      try (WorkQueue.Places place = queue.claim(1, NOT_AT_ALL)) {
        place.give(work());
        for (int along = 0; along < 9; along++) {
          place.give(IdleWork.alongside());
        }
      }
      for (int all = 0; all < 10; all++) {
        assertThat(queue.take(Objects.requireNonNull(queue.peek(false)))).isTrue();
      }
    }
    offer(queue, work(), NOT_AT_ALL);
    assertThatThrownBy(() -> offer(queue, work(), NOT_AT_ALL))
        .isInstanceOfSatisfying(
            RequestRejectedException.class,
            // twice the mean of four intervals, the first of which began when it was taken
            e -> assertThat(e.expectedWait().orElseThrow()).isGreaterThan(Duration.ofMillis(40)));
  }

  @Test
  void waitsForRoomAsLongAsItMay() throws InterruptedException {
    WorkQueue queue = new WorkQueue(1, observers);
    IdleWork first = work();
    offer(queue, first, NOT_AT_ALL);
    assertThatThrownBy(() -> offer(queue, work(), Duration.ofMillis(30)))
        .isInstanceOf(RequestRejectedException.class);
    IdleWork second = work();
    CompletableFuture<Boolean> there = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                offer(queue, second, Duration.ofSeconds(30));
                there.complete(true);
              } catch (InterruptedException e) {
                there.completeExceptionally(e);
              }
            });
    caller.start();
    while (caller.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(queue.take(first)).isTrue();
    assertThat(there.join()).isTrue();
    assertThat(queue.peek(false)).isSameAs(second);
  }

  @Test
  void aCancelledWorkLeavesAtOnceAndGivesBackWhatItHolds() throws InterruptedException {
    WorkQueue queue = new WorkQueue(20_000, observers);
    List<IdleWork> works = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      IdleWork work = new IdleWork(Priority.NORMAL, null, Duration.ofHours(1 + i % 5));
      offer(queue, work, NOT_AT_ALL);
      works.add(work);
    }
    works.subList(0, 19_999).forEach(Work::cancel);
    works.get(0).cancel();
    assertThat(queue.size()).isEqualTo(1);
    assertThat(observers.count(RequestOutcome.CANCELLED)).isEqualTo(19_999);
    assertThat(works.subList(0, 19_999))
        .allSatisfy(
            work -> {
              assertThat(work.ended).isEqualTo(FinishReason.CANCELLED);
              assertThat(work.released).isEqualTo(1);
            });
    assertThat(queue.take(works.get(0))).isFalse();
    assertThat(queue.take(works.get(19_999))).isTrue();
    works.get(19_999).cancel(); // begun: the engine ends it
    assertThat(works.get(19_999).ended).isNull();
    assertThat(works.get(19_999).stopReason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void cancelledBeforeItCame() throws InterruptedException {
    WorkQueue queue = new WorkQueue(1, observers);
    IdleWork work = work();
    work.cancel();
    offer(queue, work, NOT_AT_ALL);
    assertThat(queue.size()).isZero();
    assertThat(work.ended).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void lateOnesAreFoundWithoutLookingAtTheOthers() throws InterruptedException {
    WorkQueue queue = new WorkQueue(10, observers);
    IdleWork patient = new IdleWork(Priority.NORMAL, null, Duration.ofHours(1));
    IdleWork hasty = new IdleWork(Priority.LOW, null, Duration.ofMillis(1));
    offer(queue, patient, NOT_AT_ALL);
    offer(queue, hasty, NOT_AT_ALL);
    offer(queue, work(), NOT_AT_ALL);
    Thread.sleep(5);
    assertThat(queue.removeLate()).containsExactly(hasty);
    assertThat(queue.size()).isEqualTo(2);
  }

  @Test
  void aPlaceNotUsedIsLeftToOthers() throws InterruptedException {
    WorkQueue queue = new WorkQueue(1, observers);
    try (WorkQueue.Places place = queue.claim(1, NOT_AT_ALL)) {
      assertThat(place).isNotNull();
      assertThatThrownBy(() -> queue.claim(1, NOT_AT_ALL))
          .isInstanceOf(RequestRejectedException.class);
    }
    offer(queue, work(), NOT_AT_ALL);
    assertThat(queue.size()).isEqualTo(1);
  }

  @Test
  void afterAFaultEveryCallSaysSo() {
    WorkQueue queue = new WorkQueue(1, observers);
    queue.requireOpen();
    IllegalStateException cause = new IllegalStateException("the device is gone");
    queue.fail(cause);
    assertThatThrownBy(queue::requireOpen)
        .isInstanceOf(NativeFaultException.class)
        .hasMessageContaining("the device is gone")
        .hasCause(cause);
    assertThatThrownBy(() -> offer(queue, work(), NOT_AT_ALL))
        .isInstanceOf(NativeFaultException.class);
    assertThat(queue.await(true)).isFalse();
  }

  @Test
  void drainsWhatIsThere() throws InterruptedException {
    WorkQueue queue = new WorkQueue(2, observers);
    IdleWork work = work();
    offer(queue, work, NOT_AT_ALL);
    queue.drain();
    assertThatThrownBy(() -> offer(queue, work(), NOT_AT_ALL))
        .isInstanceOf(EngineClosedException.class)
        .hasMessageContaining("shutting down");
    assertThat(queue.await(false)).isTrue();
    assertThat(queue.take(work)).isTrue();
    assertThat(queue.await(true)).isTrue();
    assertThat(queue.await(false)).isFalse();
  }
}
