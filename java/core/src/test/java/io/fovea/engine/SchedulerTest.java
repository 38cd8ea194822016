package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.NativeFaultException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of the engine itself, and of single requests. */
@Timeout(60)
class SchedulerTest {
  private static final GoldenCase GOLDEN = GoldenCase.read("head112/caption");

  private final Heard heard = new Heard();
  private final Observers observers = new Observers(List.of(heard));

  /** Work of one slice, which does what it is told. */
  private static final class Deed extends ExclusiveWork<String> {
    private final Runnable deed;

    Deed(Runnable deed) {
      super("the deed");
      this.deed = deed;
    }

    @Override
    int pagesWanted() {
      return 0;
    }

    @Override
    String compute() {
      deed.run();
      return "done";
    }
  }

  private static void give(WorkQueue queue, Work work) throws InterruptedException {
    try (WorkQueue.Places place = queue.claim(1, Duration.ZERO)) {
      place.give(work);
    }
  }

  private Scheduler scheduler(WorkQueue queue, LoadedModel model) {
    return scheduler(queue, model, model::requireDevice);
  }

  private Scheduler scheduler(WorkQueue queue, LoadedModel model, Runnable deviceCheck) {
    FairShare fair = new FairShare(Map.of());
    StepComposer composer = new StepComposer(model.cache(), fair, 8, 256);
    return new Scheduler(
        model, queue, observers, new ImageStore(queue::wake), fair, composer, 64, deviceCheck);
  }

  /** What is running, what waits and what comes later all learn of it, with the cause. */
  @Test
  void aFaultOfTheEngineReachesEveryCaller() throws InterruptedException {
    WorkQueue queue = new WorkQueue(64, observers);
    LoadedModel model = ModelLoader.load(GOLDEN.options());
    Scheduler scheduler = scheduler(queue, model);
    Requests requests = new Requests(model, new ImageStore(() -> {}));
    AssertionError fault = new AssertionError("a fault, on purpose");
    GenerateWork running =
        requests.chat(
            ChatRequest.textOnly("hello")
                .options(GenerationOptions.builder().maxNewTokens(1_000_000).build())
                .build(),
            token -> {});
    give(queue, running);
    give(
        queue,
        new Deed(
            () -> {
              throw fault;
            }));
    List<Deed> waiting = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      waiting.add(new Deed(() -> {}));
      give(queue, waiting.get(i));
    }
    scheduler.run(); // returns: the engine has ended
    assertFault(running.result(), fault);
    waiting.forEach(each -> assertFault(each.result(), fault));
    assertThatThrownBy(queue::requireOpen)
        .isInstanceOf(NativeFaultException.class)
        .hasMessageContaining("on purpose")
        .hasCause(fault);
    assertThat(scheduler.stats().running()).isZero();
    assertThat(heard.requests())
        .hasSize(1 + 1 + 5)
        .allMatch(told -> told.outcome() == RequestOutcome.FAILED)
        .allMatch(told -> told.error() instanceof NativeFaultException);
  }

  private static void assertFault(CompletableFuture<?> result, Throwable fault) {
    assertThat(result).isCompletedExceptionally();
    assertThat(result.handle((value, error) -> error).join())
        .isInstanceOf(NativeFaultException.class)
        .hasCause(fault);
  }

  /** A native fault after which the device does nothing more is everybody's. */
  @Test
  void aDeviceThatIsGoneEndsTheEngine() throws InterruptedException {
    WorkQueue queue = new WorkQueue(64, observers);
    NativeFaultException gone = new NativeFaultException("the device is gone, on purpose");
    Scheduler scheduler =
        scheduler(
            queue,
            ModelLoader.load(GOLDEN.options()),
            () -> {
              throw gone;
            });
    Deed first =
        new Deed(
            () -> {
              throw new NativeFaultException("an illegal address");
            });
    Deed second = new Deed(() -> {});
    give(queue, first);
    give(queue, second);
    scheduler.run();
    assertThat(first.result().handle((value, error) -> error).join())
        .hasMessageContaining("an illegal address");
    assertFault(second.result(), gone);
    assertThatThrownBy(queue::requireOpen).hasCause(gone);
  }

  @Test
  void whatFailsAloneHurtsNobodyElse() throws InterruptedException {
    WorkQueue queue = new WorkQueue(64, observers);
    Scheduler scheduler = scheduler(queue, ModelLoader.load(GOLDEN.options()));
    Deed broken =
        new Deed(
            () -> {
              throw new NativeFaultException("its own fault"); // the device still answers
            });
    Deed sound = new Deed(() -> {});
    give(queue, broken);
    give(queue, sound);
    queue.drain();
    scheduler.run();
    assertThat(broken.result().handle((value, error) -> error).join())
        .hasMessageContaining("its own fault");
    assertThat(sound.result().join()).isEqualTo("done");
    assertThat(heard.outcomes()).containsExactly(RequestOutcome.FAILED, RequestOutcome.COMPLETED);
    assertThat(scheduler.stats().failed()).isEqualTo(1);
    assertThat(scheduler.stats().completed()).isEqualTo(1);
  }
}
