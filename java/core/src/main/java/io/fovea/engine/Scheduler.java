package io.fovea.engine;

import io.fovea.DeviceMemoryException;
import io.fovea.NativeFaultException;
import io.fovea.decoding.Choice;
import io.fovea.engine.StepComposer.Share;
import io.fovea.model.StepPlan;
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
  private final Observers observers;
  private final ImageStore images;
  private final int maxRunning;
  private final Runnable deviceCheck;
  private final Stepper stepper;
  private final FairShare fair;
  private final StepComposer composer;
  private final List<Work> active = new ArrayList<>(); // begun, oldest first
  private final Counters counters = new Counters();
  private volatile EngineStats stats;
  private volatile boolean drained;

  /**
   * @param maxRunning most requests that take turns
   * @param deviceCheck throws where the device does nothing any more
   */
  Scheduler(
      LoadedModel model,
      WorkQueue queue,
      Observers observers,
      ImageStore images,
      FairShare fair,
      StepComposer composer,
      int maxRunning,
      Runnable deviceCheck) {
    this.model = model;
    this.queue = queue;
    this.observers = observers;
    this.images = images;
    this.fair = fair;
    this.composer = composer;
    this.maxRunning = maxRunning;
    this.deviceCheck = deviceCheck;
    stepper = new Stepper(model);
    stats = statsNow();
  }

  /** Whether the loop has ended with nothing left to do; any thread. */
  boolean isDrained() {
    return drained;
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
      drained = cause == null && active.isEmpty() && queue.size() == 0;
      queue.close();
      endAll(cause);
      images.freeAll();
      stats = statsNow(); // the last
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
    observers.ended(work, RequestOutcome.of(reason));
    retire(work);
  }

  private void endAll(@Nullable Throwable cause) {
    List<Work> all = new ArrayList<>(active);
    all.addAll(queue.removeAll());
    for (Work work : all) {
      if (cause == null) {
        stop(work, FinishReason.CANCELLED);
      } else {
        fail(work, new NativeFaultException("the engine failed: " + cause, cause));
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
    while (active.stream().noneMatch(Slices::isNext)) {
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
    observers.stepBegins();
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
    observers.stepped(rows, prompt, shares.size(), took);
    return took;
  }

  /**
   * What runs alone: one slice at least, more within {@code budget} nanoseconds, so that answers
   * under way and pictures to come share the time. A GPU only queues them: there it is some slices.
   */
  private void slices(long budget) {
    long now = System.nanoTime();
    long end = now + budget;
    for (int done = 0; done == 0 || now < end; done++) {
      Work work = active.stream().filter(Slices::isNext).findFirst().orElse(null);
      if (work == null || (!model.device().isHost() && done == DEVICE_SLICES)) {
        return;
      }
      Slices sliced = (Slices) work;
      composer.free(sliced.slicePages(), active);
      attempt(work, sliced::slice);
      long begun = now;
      now = System.nanoTime();
      work.addSliced(now - begun);
    }
  }

  /** One forward step; where it fails, each share alone, so that only the guilty one suffers. */
  private void run(List<Share> shares) {
    StepPlan.Builder plan = new StepPlan.Builder(model.sizes().axes());
    shares.forEach(share -> run(share).addTo(plan, share.rows()));
    try {
      stepper.run(plan.build(), choices(shares));
    } catch (RuntimeException | OutOfMemoryError e) {
      if (shares.size() == 1) {
        blame(shares.get(0).work(), e);
      } else {
        shares.forEach(share -> run(List.of(share)));
      }
      return;
    }
    counters.steps++;
    int logitRow = 0;
    for (Share share : shares) {
      int rows = share.rows();
      SequenceRun run = run(share);
      boolean prompt = run.inPrompt();
      boolean logits = run.wantsLogits(rows);
      fair.serve(share.work(), prompt ? rows * FairShare.PROMPT_ROW : rows);
      counters.count(run, rows);
      run.advance(rows);
      int row = logits ? logitRow++ : -1;
      attempt(share.work(), () -> proceed(share.work(), row, prompt));
    }
  }

  /**
   * Hands on what came of a work's rows.
   *
   * @param row of the logits, or -1 where none were wanted
   * @param prompt whether the rows were a prompt's: what is chosen after them is the first token
   */
  private void proceed(Work work, int row, boolean prompt) {
    ((Rows) work).proceed(row < 0 ? null : stepper.chosen(row));
    if (prompt && row >= 0) {
      observers.prefilled((Rows.Generated) work);
    }
  }

  private static SequenceRun run(Share share) {
    return Objects.requireNonNull(Rows.of(share.work()));
  }

  /** What is to be chosen after a step, in the order of its shares. */
  private static List<Choice> choices(List<Share> shares) {
    return shares.stream()
        .filter(share -> run(share).wantsLogits(share.rows()))
        .map(share -> ((Rows.Generated) share.work()).choice())
        .toList();
  }

  private void attempt(Work work, Runnable part) {
    try {
      part.run();
    } catch (RuntimeException | OutOfMemoryError e) {
      blame(work, e);
      return;
    }
    if (work.isDone()) {
      observers.ended(work, RequestOutcome.COMPLETED);
      retire(work);
    }
  }

  /** Something went wrong, and it was this work's rows, slice or beginning. */
  private void blame(Work work, Throwable error) {
    LOG.debug("a request failed", error);
    fail(
        work,
        error instanceof OutOfMemoryError
            ? new DeviceMemoryException(
                "the Java heap is full (" + error.getMessage() + ")", "raise -Xmx")
            : error);
    if (error instanceof NativeFaultException) {
      deviceCheck.run(); // the fault is the engine's where this throws, and every caller's
    }
  }

  /** Ends the work with an error. */
  private void fail(Work work, Throwable error) {
    work.fail(error);
    observers.failed(work, error);
    retire(work);
  }

  private void retire(Work work) {
    active.remove(work);
    fair.leave(work);
    work.release();
  }

  private EngineStats statsNow() {
    return counters.stats(model, active.size(), queue, observers, composer, images.size());
  }
}
