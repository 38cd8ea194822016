package io.fovea.engine;

import io.fovea.model.KvCache;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Puts a step together: whose rows run, and on which pages. Pages are taken as rows come; where
 * they run short, the youngest gives up its own and computes them again later, so that the oldest
 * always comes to its end. Engine thread only.
 */
final class StepComposer {
  /** A choice and what a grammar forces after it; more are rows that run once more. */
  private static final int MOST_DECODED = 16;

  /** The later one begins, the sooner it gives way; the less urgent before all. */
  private static final Comparator<Work> AGE =
      Comparator.comparing((Work work) -> work.turn().priority())
          .thenComparingLong(work -> work.turn().number);

  /** Some rows of some work in a step. */
  record Share(Work work, int rows) {}

  private final KvCache cache;
  private final FairShare fair;
  private final int maxBatch;
  private final int stepRows;
  private final PromptPace pace = new PromptPace();
  private long preemptions;
  private long cachedTokens;

  /**
   * @param maxBatch most sequences in a step
   * @param stepRows most rows in a step besides a decoded token of each sequence
   */
  StepComposer(KvCache cache, FairShare fair, int maxBatch, int stepRows) {
    this.cache = cache;
    this.fair = fair;
    this.maxBatch = maxBatch;
    this.stepRows = stepRows;
  }

  /** How often a work gave its pages up for an older one. */
  long preemptions() {
    return preemptions;
  }

  /** Tokens that were found cached where a sequence began or went on. */
  long cachedTokens() {
    return cachedTokens;
  }

  /**
   * The next step's shares; their pages are reserved.
   *
   * @param active works that have begun
   */
  List<Share> compose(List<Work> active) {
    List<Work> ready = active.stream().filter(work -> rowsOf(work) > 0).toList();
    List<Share> shares = new ArrayList<>();
    boolean decodes = ready.stream().anyMatch(work -> isDecoding(run(work)));
    int budget = decodes ? pace.rows(stepRows) : stepRows;
    for (Work work : fair.order(ready)) {
      if (shares.size() == maxBatch) {
        break;
      }
      if (!isIn(work, active, shares)) {
        continue;
      }
      SequenceRun run = run(work);
      int rows = isDecoding(run) ? run.ready() : Math.min(budget, run.nextChunk());
      if (rows > 0 && obtain(work, run.missingPages(rows), active, shares)) {
        run.reserve(rows);
        shares.add(new Share(work, rows));
        budget -= isDecoding(run) ? 0 : rows;
      }
    }
    return shares;
  }

  /**
   * The step has run.
   *
   * @param promptRows of its rows, those of prompts
   * @param decodedRows the others
   */
  void ran(int promptRows, int decodedRows, long nanos) {
    pace.took(decodedRows > 0, promptRows, nanos);
  }

  private static int rowsOf(Work work) {
    SequenceRun run = Rows.of(work);
    return run == null || Slices.isNext(work) ? 0 : run.ready();
  }

  /** Whether only what was just generated is left to run: never held back for the step's size. */
  private static boolean isDecoding(SequenceRun run) {
    return !run.inPrompt() && run.ready() <= MOST_DECODED;
  }

  private static SequenceRun run(Work work) {
    SequenceRun run = Rows.of(work);
    if (run == null) {
      throw new IllegalStateException("the work has no rows");
    }
    return run;
  }

  /** Whether there is room for a work that has not begun, besides what runs. */
  boolean hasRoom(int pages, List<Work> active) {
    long holders = active.stream().filter(StepComposer::holdsPages).count();
    boolean waiting = active.stream().anyMatch(work -> rowsOf(work) > 0 && !holdsPages(work));
    return holders == 0 || (!waiting && cache.freePages() >= pages + holders);
  }

  private static boolean holdsPages(Work work) {
    SequenceRun run = Rows.of(work);
    return run != null && run.isResident();
  }

  /** Lets the work take what is cached of its tokens, where there is room to go on from there. */
  private boolean isIn(Work work, List<Work> active, List<Share> shares) {
    SequenceRun run = run(work);
    if (run.isResident()) {
      return true;
    }
    int pages = KvCache.pagesFor(run.length());
    List<Work> holders = active.stream().filter(StepComposer::holdsPages).toList();
    // With a page to spare for each that runs, or it would be out again soon.
    boolean roomy = holders.isEmpty() || cache.freePages() >= pages + holders.size();
    boolean goesBefore = holders.stream().anyMatch(each -> isYounger(each, work));
    if (!roomy && !(goesBefore && obtain(work, pages, active, shares))) {
      return false;
    }
    int cached = run.enter();
    ((Rows) work).entered(cached);
    cachedTokens += cached;
    return true;
  }

  /** Whether {@code pages} pages are free, where need be those of younger works. */
  private boolean obtain(Work work, int pages, List<Work> active, List<Share> shares) {
    while (cache.freePages() < pages) {
      Optional<Work> youngest =
          active.stream()
              .filter(StepComposer::holdsPages)
              .filter(each -> isYounger(each, work))
              .filter(each -> shares.stream().noneMatch(share -> share.work() == each))
              .max(AGE);
      if (youngest.isEmpty()) {
        return false;
      }
      giveWay(youngest.get());
    }
    return true;
  }

  /** Makes {@code pages} pages free: all that run may have to give theirs up. */
  void free(int pages, List<Work> active) {
    while (cache.freePages() < pages) {
      Work youngest = active.stream().filter(StepComposer::holdsPages).max(AGE).orElseThrow();
      giveWay(youngest);
    }
  }

  private void giveWay(Work work) {
    run(work).leave();
    preemptions++;
  }

  private static boolean isYounger(Work a, Work b) {
    return AGE.compare(a, b) > 0;
  }
}
