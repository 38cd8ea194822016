package io.fovea.engine;

/** What the engine thread counts. */
final class Counters {
  long steps;
  private long completed;
  private long failed;
  private long promptTokens;
  private long completionTokens;

  /** {@code rows} rows of a sequence ran. */
  void count(SequenceRun run, int rows) {
    if (run.inPrompt()) {
      promptTokens += rows;
    } else {
      completionTokens += rows;
    }
  }

  void ended(boolean withResult) {
    if (withResult) {
      completed++;
    } else {
      failed++;
    }
  }

  EngineStats stats(LoadedModel model, int running, int waiting, int openImages) {
    return new EngineStats(
        running,
        waiting,
        completed,
        failed,
        promptTokens,
        completionTokens,
        steps,
        model.cache().freePages(),
        model.cache().pages(),
        openImages,
        model.ops().memory().allocatedBytes());
  }
}
