package io.fovea.engine;

/** What the engine thread counts. */
final class Counters {
  long steps;
  private long promptTokens;
  private long completionTokens;
  private long repeatedTokens;

  /** {@code rows} rows of a sequence run. */
  void count(SequenceRun run, int rows) {
    repeatedTokens += run.repeated(rows);
    if (run.inPrompt()) {
      promptTokens += rows;
    } else {
      completionTokens += rows;
    }
  }

  EngineStats stats(
      LoadedModel model,
      int running,
      WorkQueue queue,
      Observers observers,
      StepComposer composer,
      int openImages) {
    return EngineStats.builder()
        .running(running)
        .waiting(queue.size())
        .completed(observers.count(RequestOutcome.COMPLETED))
        .cancelled(observers.count(RequestOutcome.CANCELLED))
        .late(observers.count(RequestOutcome.LATE))
        .failed(observers.count(RequestOutcome.FAILED))
        .rejected(observers.count(RequestOutcome.REJECTED))
        .promptTokens(promptTokens)
        .completionTokens(completionTokens)
        .cachedTokens(composer.cachedTokens())
        .repeatedTokens(repeatedTokens)
        .steps(steps)
        .preemptions(composer.preemptions())
        .kvPagesFree(model.cache().freePages())
        .kvPagesCached(model.cache().cachedPages())
        .kvPagesTotal(model.cache().pages())
        .kvEvictions(model.cache().evictions())
        .openImages(openImages)
        .deviceBytes(model.ops().memory().allocatedBytes())
        .build();
  }
}
