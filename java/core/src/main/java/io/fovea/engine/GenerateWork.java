package io.fovea.engine;

import io.fovea.grounding.Region;
import io.fovea.model.KvCache;
import io.fovea.model.cogvlm.ImageFeatures;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An answer being generated. */
final class GenerateWork extends Work {
  /**
   * What is asked for.
   *
   * @param prompt ends with the decoding's opening
   * @param promptTokens of these, without the opening
   * @param phrase what boxes of the grammar are called
   */
  record Job(
      Prompt prompt,
      int promptTokens,
      int maxNewTokens,
      @Nullable EncodedImage image,
      Decoding decoding,
      TextOutput text,
      String phrase,
      Consumer<TokenEvent.Token> listener) {
    private long[] keys() {
      return prompt.keys(image == null ? 0 : image.key());
    }
  }

  private final LoadedModel model;
  private final Job job;
  private final CompletableFuture<Answer> result = new CompletableFuture<>();
  private @Nullable SequenceRun run;
  private int cachedTokens = -1; // not known yet
  private int completionTokens;
  private int forcedTokens;
  private long firstToken;

  GenerateWork(LoadedModel model, Job job, Terms terms) {
    super(terms);
    this.model = model;
    this.job = job;
  }

  /** Completed on the engine thread; with a cancelled or late answer normally, too. */
  CompletableFuture<Answer> result() {
    return result;
  }

  /** What was generated so far; any thread. */
  String textSoFar() {
    return job.text().text();
  }

  @Override
  boolean beginsAlone() {
    return false;
  }

  @Override
  int pagesWanted() {
    return KvCache.pagesFor(job.prompt().length());
  }

  @Override
  void begin() {
    ImageFeatures features = job.image() == null ? null : job.image().features();
    run = new SequenceRun(model, job.prompt(), features, job.keys(), /* generates= */ true);
  }

  @Override
  @Nullable SequenceRun run() {
    return run;
  }

  @Override
  void entered(int cached) {
    if (cachedTokens < 0) {
      cachedTokens = cached;
    }
  }

  @Override
  Choice choice() {
    return job.decoding().choice();
  }

  @Override
  void proceed(Choice.@Nullable Chosen chosen) {
    if (chosen == null) {
      return;
    }
    if (firstToken == 0) {
      firstToken = System.nanoTime();
      for (int id : job.decoding().opening()) {
        forcedTokens++;
        report(id, job.text().append(id), 0);
      }
    }
    Decoding.Next next = job.decoding().next(chosen);
    int[] ids = new int[1 + next.forced().length];
    ids[0] = next.chosen();
    System.arraycopy(next.forced(), 0, ids, 1, next.forced().length);
    completionTokens++;
    forcedTokens += next.forced().length;
    FinishReason finish = accept(next, ids);
    if (finish == null) {
      Objects.requireNonNull(run).append(ids);
    } else {
      finish(finish);
    }
  }

  /** Reports a choice and what follows from it; says whether the answer ends. */
  private @Nullable FinishReason accept(Decoding.Next next, int[] ids) {
    TextOutput text = job.text();
    boolean full = completionTokens + forcedTokens >= job.maxNewTokens();
    FinishReason atEnd = next.end() ? FinishReason.STOP : full ? FinishReason.LENGTH : null;
    FinishReason finish = null;
    for (int i = 0; i < ids.length && finish == null; i++) {
      String released = next.endToken() ? "" : text.append(ids[i]);
      finish = text.stopped() ? FinishReason.STOP_SEQUENCE : i == ids.length - 1 ? atEnd : null;
      released += finish == null ? "" : text.end();
      report(ids[i], released, i == 0 ? next.logProbability() : 0);
    }
    return finish;
  }

  private void report(int id, String text, double logProbability) {
    job.listener().accept(new TokenEvent.Token(id, text, logProbability));
  }

  @Override
  boolean isDone() {
    return result.isDone();
  }

  @Override
  void stop(FinishReason reason) {
    finish(reason);
  }

  private void finish(FinishReason reason) {
    String text = job.text().text();
    result.complete(new Answer(text, regions(text), reason, usage(), timings()));
  }

  private List<Region> regions(String text) {
    BoxDecoding boxes = job.decoding().boxes();
    return boxes == null
        ? model.dialect().parse(text).regions()
        : boxes.found().stream()
            .map(found -> Region.asked(job.phrase(), found.box(), found.confidence()))
            .toList();
  }

  private Usage usage() {
    return new Usage(
        job.promptTokens(),
        job.prompt().imageTokens(),
        Math.max(0, cachedTokens),
        completionTokens,
        forcedTokens);
  }

  private Timings timings() {
    long now = System.nanoTime();
    long first = firstToken == 0 ? now : firstToken;
    return new Timings(
        Duration.ofNanos(begun() - submitted()),
        job.image() == null ? Duration.ZERO : job.image().encodeTime(),
        Duration.ofNanos(first - begun()),
        Duration.ofNanos(now - first),
        firstToken == 0 ? Duration.ZERO : Duration.ofNanos(firstToken - submitted()));
  }

  @Override
  void fail(Throwable error) {
    result.completeExceptionally(error);
  }

  @Override
  void release() {
    if (run != null) {
      run.close();
    }
    if (job.image() != null) {
      job.image().release();
    }
  }
}
