package io.fovea.engine;

import io.fovea.DeviceMemoryException;
import io.fovea.NativeFaultException;
import io.fovea.model.cogvlm.StepPlan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine thread: puts the rows of all running work into one forward step after another
 * (iteration-level scheduling, Orca, OSDI 2022). Rows that decode go first, prompts fill the step
 * up to its budget in order of arrival. What a request gets does not depend on its neighbours: a
 * row's result is the same in any step.
 */
final class Scheduler implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /** Some rows of some work in a step. */
  private record Share(Work work, int rows) {}

  private final LoadedModel model;
  private final WorkQueue queue;
  private final ImageStore images;
  private final int maxBatch;
  private final int stepRows;
  private final Stepper stepper;
  private final List<Work> running = new ArrayList<>();
  private final Counters counters = new Counters();
  private volatile EngineStats stats;

  /**
   * @param maxBatch most sequences in a step
   * @param stepRows most prompt rows in a step
   */
  Scheduler(LoadedModel model, WorkQueue queue, ImageStore images, int maxBatch, int stepRows) {
    this.model = model;
    this.queue = queue;
    this.images = images;
    this.maxBatch = maxBatch;
    this.stepRows = stepRows;
    stepper = new Stepper(model);
    stats = counters.stats(model, 0, 0, 0);
  }

  /** Figures as of the last step, any thread; what waits is counted now. */
  EngineStats stats() {
    return stats;
  }

  @Override
  public void run() {
    Throwable cause = null;
    try {
      while (queue.await(!running.isEmpty())) {
        images.freeUnused();
        endStopped();
        begin();
        step();
        publish();
      }
    } catch (Throwable e) { // a fault of the engine itself: callers must not wait for ever
      LOG.error("the engine ends after an unexpected failure", e);
      cause = e;
    } finally {
      queue.close();
      endAll(cause);
      images.freeAll();
      model.close();
    }
  }

  private void endStopped() {
    for (Work work : queue.removeStopped()) {
      stop(work);
    }
    for (Work work : List.copyOf(running)) {
      if (work.stopReason() != null) {
        stop(work);
      }
    }
  }

  private void stop(Work work) {
    FinishReason reason = work.stopReason();
    work.stop(reason == null ? FinishReason.CANCELLED : reason);
    retire(work, /* completed= */ false);
  }

  private void endAll(@Nullable Throwable cause) {
    List<Work> all = new ArrayList<>(running);
    all.addAll(queue.removeAll());
    for (Work work : all) {
      if (cause == null) {
        work.stop(FinishReason.CANCELLED);
      } else {
        work.fail(new NativeFaultException("the engine failed: " + cause));
      }
      retire(work, /* completed= */ false);
    }
  }

  /** Begins waiting work while there is room, oldest first: nobody overtakes, nobody starves. */
  private void begin() {
    for (Work work = queue.peek();
        work != null && running.size() < maxBatch && makeRoom(work.pagesWanted(), work);
        work = queue.peek()) {
      queue.remove(work);
      running.add(work);
      work.markBegun();
      attempt(work, work::begin);
    }
  }

  /** Whether the pages are free; cached prefixes are dropped only where nothing else can help. */
  private boolean makeRoom(int pages, Work work) {
    int wanted = pages;
    while (model.cache().freePages() < wanted && running.isEmpty() && images.dropOldestPrefix()) {
      wanted = work.pagesWanted(); // more, if its own prefix is gone
    }
    return model.cache().freePages() >= wanted;
  }

  private void step() {
    List<Share> shares = new ArrayList<>();
    int budget = stepRows;
    for (Work work : running) {
      if (!work.run().inPrompt()) {
        shares.add(new Share(work, work.run().ready()));
      }
    }
    for (Work work : running) {
      if (work.run().inPrompt() && budget > 0) {
        int rows = Math.min(budget, work.run().ready());
        shares.add(new Share(work, rows));
        budget -= rows;
      }
    }
    if (!shares.isEmpty()) {
      run(shares);
    }
  }

  /** One forward step; where it fails, each share alone, so that only the guilty one suffers. */
  private void run(List<Share> shares) {
    StepPlan.Builder plan = new StepPlan.Builder();
    shares.forEach(share -> share.work().run().addTo(plan, share.rows()));
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
      SequenceRun run = share.work().run();
      boolean logits = run.wantsLogits(share.rows());
      counters.count(run, share.rows());
      run.advance(share.rows());
      int row = logits ? logitRow++ : -1;
      attempt(share.work(), () -> share.work().proceed(row < 0 ? null : stepper.chosen(row)));
    }
  }

  /** What is to be chosen after a step, in the order of its shares. */
  private static List<Choice> choices(List<Share> shares) {
    return shares.stream()
        .filter(share -> share.work().run().wantsLogits(share.rows()))
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
      retire(work, /* completed= */ true);
    }
  }

  private void fail(Work work, Throwable error) {
    LOG.debug("a request failed", error);
    work.fail(
        error instanceof OutOfMemoryError
            ? new DeviceMemoryException(
                "the Java heap is full (" + error.getMessage() + ")", "raise -Xmx")
            : error);
    retire(work, /* completed= */ false);
  }

  private void retire(Work work, boolean completed) {
    running.remove(work);
    work.release();
    counters.ended(completed);
  }

  private void publish() {
    stats = counters.stats(model, running.size(), queue.size(), images.size());
  }
}
