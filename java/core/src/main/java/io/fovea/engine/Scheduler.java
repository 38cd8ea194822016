package io.fovea.engine;

import io.fovea.DeviceMemoryException;
import io.fovea.NativeFaultException;
import io.fovea.engine.StepComposer.Share;
import io.fovea.model.cogvlm.StepPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine thread: puts rows of all active work into one forward step after another
 * (iteration-level scheduling, Orca, OSDI 2022), and runs slices of encoding between them. What a
 * request gets does not depend on its neighbours: a row's result is the same in any step.
 */
final class Scheduler implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /** Slices between two steps on a GPU, about a decode step's worth by the model; not measured. */
  private static final int DEVICE_SLICES = 8;

  private final LoadedModel model;
  private final WorkQueue queue;
  private final ImageStore images;
  private final int maxRunning;
  private final Runnable deviceCheck;
  private final Stepper stepper;
  private final FairShare fair;
  private final StepComposer composer;
  private final List<Work> active = new ArrayList<>(); // begun, oldest first
  private final Counters counters = new Counters();
  private volatile EngineStats stats;

  /**
   * @param maxRunning most requests that take turns
   * @param deviceCheck throws where the device does nothing any more
   */
  Scheduler(
      LoadedModel model,
      WorkQueue queue,
      ImageStore images,
      FairShare fair,
      StepComposer composer,
      int maxRunning,
      Runnable deviceCheck) {
    this.model = model;
    this.queue = queue;
    this.images = images;
    this.fair = fair;
    this.composer = composer;
    this.maxRunning = maxRunning;
    this.deviceCheck = deviceCheck;
    stepper = new Stepper(model);
    stats = statsNow();
  }

  /** Figures as of the last step; any thread. */
  EngineStats stats() {
    return stats;
  }

  @Override
  public void run() {
    Throwable cause = null;
    try {
      while (queue.await(!active.isEmpty())) {
        images.freeUnused();
        endStopped();
        begin();
        slices(step());
        stats = statsNow();
      }
    } catch (Throwable e) { // a fault of the engine itself: callers must not wait for ever
      LOG.error("the engine ends after an unexpected failure", e);
      cause = e;
      queue.fail(e);
    } finally {
      queue.close();
      endAll(cause);
      images.freeAll();
      model.close();
    }
  }

  private void endStopped() {
    for (Work work : queue.removeLate()) {
      stop(work, FinishReason.DEADLINE);
    }
    for (Work work : List.copyOf(active)) {
      FinishReason reason = work.stopReason();
      if (reason != null) {
        stop(work, reason);
      }
    }
  }

  private void stop(Work work, FinishReason reason) {
    work.stop(reason);
    counters.stopped(reason);
    retire(work);
  }

  private void endAll(@Nullable Throwable cause) {
    List<Work> all = new ArrayList<>(active);
    all.addAll(queue.removeAll());
    for (Work work : all) {
      if (cause == null) {
        stop(work, FinishReason.CANCELLED);
      } else {
        work.fail(new NativeFaultException("the engine failed: " + cause, cause));
        retire(work);
      }
    }
  }

  /** Begins waiting work while there is room; one thing at a time that runs alone. */
  private void begin() {
    for (Work work = queue.peek(/* alone= */ false);
        work != null && running() < maxRunning && composer.hasRoom(work.pagesWanted(), active);
        work = queue.peek(/* alone= */ false)) {
      begin(work);
    }
    while (active.stream().noneMatch(Work::hasSlice)) {
      Work work = queue.peek(/* alone= */ true);
      if (work == null) {
        return;
      }
      begin(work);
    }
  }

  private long running() {
    return active.stream().filter(work -> !work.beginsAlone()).count();
  }

  private void begin(Work work) {
    if (!queue.take(work)) {
      return; // cancelled meanwhile
    }
    active.add(work);
    fair.join(work);
    work.markBegun();
    attempt(work, work::begin);
  }

  /** One forward step, if anything is ready for it; returns the nanoseconds it took. */
  private long step() {
    long begun = System.nanoTime();
    List<Share> shares = composer.compose(active);
    if (shares.isEmpty()) {
      return 0;
    }
    int prompt = shares.stream().filter(each -> run(each).inPrompt()).mapToInt(Share::rows).sum();
    int rows = shares.stream().mapToInt(Share::rows).sum();
    run(shares);
    fair.endStep();
    long took = System.nanoTime() - begun;
    composer.ran(prompt, rows - prompt, took);
    return took;
  }

  /**
   * What runs alone: one slice at least, more within {@code budget} nanoseconds, so that answers
   * under way and pictures to come share the time. A GPU only queues them: there it is some slices.
   */
  private void slices(long budget) {
    long end = System.nanoTime() + budget;
    for (int done = 0; done == 0 || System.nanoTime() < end; done++) {
      Work work = active.stream().filter(Work::hasSlice).findFirst().orElse(null);
      if (work == null || (!model.device().isHost() && done == DEVICE_SLICES)) {
        return;
      }
      composer.free(work.pagesWanted(), active);
      attempt(work, work::slice);
    }
  }

  /** One forward step; where it fails, each share alone, so that only the guilty one suffers. */
  private void run(List<Share> shares) {
    StepPlan.Builder plan = new StepPlan.Builder();
    shares.forEach(share -> run(share).addTo(plan, share.rows()));
    try {
      stepper.run(plan.build(), choices(shares));
    } catch (RuntimeException | OutOfMemoryError e) {
      if (shares.size() == 1) {
        fail(shares.get(0).work(), e);
      } else {
        shares.forEach(share -> run(List.of(share)));
      }
      return;
    }
    counters.steps++;
    int logitRow = 0;
    for (Share share : shares) {
      int rows = share.rows();
      boolean logits = run(share).wantsLogits(rows);
      fair.serve(share.work(), run(share).inPrompt() ? rows * FairShare.PROMPT_ROW : rows);
      counters.count(run(share), rows);
      run(share).advance(rows);
      int row = logits ? logitRow++ : -1;
      attempt(share.work(), () -> share.work().proceed(row < 0 ? null : stepper.chosen(row)));
    }
  }

  private static SequenceRun run(Share share) {
    return Objects.requireNonNull(share.work().run());
  }

  /** What is to be chosen after a step, in the order of its shares. */
  private static List<Choice> choices(List<Share> shares) {
    return shares.stream()
        .filter(share -> run(share).wantsLogits(share.rows()))
        .map(share -> share.work().choice())
        .toList();
  }

  private void attempt(Work work, Runnable part) {
    try {
      part.run();
    } catch (RuntimeException | OutOfMemoryError e) {
      fail(work, e);
      return;
    }
    if (work.isDone()) {
      counters.completed();
      retire(work);
    }
  }

  private void fail(Work work, Throwable error) {
    LOG.debug("a request failed", error);
    work.fail(
        error instanceof OutOfMemoryError
            ? new DeviceMemoryException(
                "the Java heap is full (" + error.getMessage() + ")", "raise -Xmx")
            : error);
    counters.failed();
    retire(work);
    if (error instanceof NativeFaultException) {
      deviceCheck.run(); // the fault is the engine's where this throws, and every caller's
    }
  }

  private void retire(Work work) {
    active.remove(work);
    fair.leave(work);
    work.release();
  }

  private EngineStats statsNow() {
    return counters.stats(model, active.size(), queue, composer, images.size());
  }
}
