package io.fovea.engine;

/** What the engine thread counts. */
final class Counters {
  long steps;
  private long completed;
  private long cancelled;
  private long late;
  private long failed;
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

  void completed() {
    completed++;
  }

  void failed() {
    failed++;
  }

  void stopped(FinishReason reason) {
    if (reason == FinishReason.DEADLINE) {
      late++;
    } else {
      cancelled++;
    }
  }

  EngineStats stats(
      LoadedModel model, int running, WorkQueue queue, StepComposer composer, int openImages) {
    return new EngineStats(
        running,
        queue.size(),
        completed,
        cancelled + queue.withdrawn(),
        late + queue.late(),
        failed,
        queue.rejected(),
        promptTokens,
        completionTokens,
        composer.cachedTokens(),
        repeatedTokens,
        steps,
        composer.preemptions(),
        model.cache().freePages(),
        model.cache().cachedPages(),
        model.cache().pages(),
        model.cache().evictions(),
        openImages,
        model.ops().memory().allocatedBytes());
  }
}
