package io.fovea.engine;

import io.fovea.decoding.BoxDecoding;
import io.fovea.decoding.Choice;
import io.fovea.decoding.Decoding;
import io.fovea.grounding.Frame;
import io.fovea.grounding.GroundingDialect;
import io.fovea.grounding.Region;
import io.fovea.model.CrossContext;
import io.fovea.model.Encoding;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.Prompt;
import io.fovea.model.Trace;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An answer being generated. */
final class GenerateWork extends Work implements Slices, Rows.Generated {
  /**
   * What is asked for.
   *
   * @param prompt ends with the decoding's opening
   * @param promptTokens of these, without the opening
   * @param images claimed until this work ends
   * @param phrase what boxes of the grammar are called
   * @param seed of its draws, or null where none are made
   * @param alongside whether another work is the request, and this comes along with it
   */
  record Job(
      Prompt prompt,
      int promptTokens,
      int maxNewTokens,
      List<EncodedImage> images,
      Decoding decoding,
      TextOutput text,
      String phrase,
      @Nullable Long seed,
      boolean alongside,
      Consumer<TokenEvent.Token> listener) {
    /** What others may share; nothing where the rows depend on a source, too. */
    private long @Nullable [] keys() {
      return prompt.hasSource()
          ? null
          : prompt.keys(images.stream().mapToLong(EncodedImage::key).toArray());
    }

    private List<ImageFeatures> pictures() {
      return images.stream().map(EncodedImage::features).toList();
    }

    /** The picture that boxes are on: of several the last, as Qwen-VL's own tools have it. */
    private @Nullable EncodedImage last() {
      return images.isEmpty() ? null : images.get(images.size() - 1);
    }
  }

  private final LoadedModel model;
  private final Job job;
  private final CompletableFuture<Answer> result = new CompletableFuture<>();
  private @Nullable Encoding<CrossContext> reading; // of the source
  private @Nullable CrossContext source;
  private @Nullable SequenceRun run;
  private int cachedTokens = -1; // not known yet
  private int completionTokens;
  private int forcedTokens;
  private long firstToken;

  GenerateWork(LoadedModel model, Job job, RequestKind kind, Terms terms) {
    super(kind, terms);
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
  int requests() {
    return job.alongside() ? 0 : 1;
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
    if (job.prompt().hasSource()) {
      reading =
          model.model().beginSource(model.ops(), job.prompt().source(), job.pictures(), Trace.NONE);
    } else {
      beginRows();
    }
  }

  @Override
  public boolean hasSlice() {
    return reading != null;
  }

  @Override
  public void slice() {
    Encoding<CrossContext> slices = Objects.requireNonNull(reading);
    if (!slices.advance()) {
      reading = null;
      source = slices.result();
      beginRows();
    }
  }

  private void beginRows() {
    run =
        new SequenceRun(
            model, job.prompt(), job.pictures(), source, job.keys(), /* generates= */ true);
  }

  @Override
  public @Nullable SequenceRun run() {
    return run;
  }

  @Override
  public void entered(int cached) {
    if (cachedTokens < 0) {
      cachedTokens = cached;
    }
  }

  @Override
  public Choice choice() {
    return job.decoding().choice();
  }

  @Override
  public void proceed(Choice.@Nullable Chosen chosen) {
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
    result.complete(
        Answer.builder()
            .text(text)
            .regions(regions(text))
            .finish(reason)
            .seed(job.seed())
            .usage(usage())
            .timings(timings())
            .build());
  }

  private List<Region> regions(String text) {
    BoxDecoding boxes = job.decoding().boxes();
    EncodedImage image = job.last();
    GroundingDialect dialect = model.description().dialect();
    if (image == null && dialect.needsPicture()) {
      return List.of(); // there is nothing that its numbers refer to
    }
    Frame frame = image == null ? Frame.unknown() : Frame.of(image.size());
    List<Region> regions =
        boxes == null
            ? dialect.parse(text, frame).regions()
            : boxes.found().stream()
                .map(found -> model.calibrated(Region.asked(job.phrase(), found)))
                .toList();
    return image == null ? regions : regions.stream().map(each -> each.on(image.size())).toList();
  }

  private Usage usage() {
    return Usage.builder()
        .promptTokens(job.promptTokens())
        .imageTokens(job.prompt().imageTokens())
        .cachedTokens(Math.max(0, cachedTokens))
        .completionTokens(completionTokens)
        .forcedTokens(forcedTokens)
        .build();
  }

  private Timings timings() {
    long now = System.nanoTime();
    long begun = begun(now);
    long first = firstToken == 0 ? now : firstToken;
    return Timings.builder()
        .queued(Duration.ofNanos(begun - submitted()))
        .imageEncode(
            job.images().stream()
                .map(EncodedImage::encodeTime)
                .reduce(Duration.ZERO, Duration::plus))
        .prefill(Duration.ofNanos(first - begun))
        .decode(Duration.ofNanos(now - first))
        .timeToFirstToken(
            firstToken == 0 ? Duration.ZERO : Duration.ofNanos(firstToken - submitted()))
        .build();
  }

  @Override
  void fail(Throwable error) {
    result.completeExceptionally(error);
  }

  @Override
  public PrefillEvent prefillEvent() {
    return PrefillEvent.builder()
        .promptTokens(job.promptTokens())
        .cachedTokens(cachedTokens)
        .duration(Duration.ofNanos(firstToken - begun(firstToken)))
        .build();
  }

  @Override
  void describe(RequestEvent.Builder event) {
    if (result.isCompletedExceptionally()) {
      event.usage(usage()).timings(timings());
    } else {
      Answer answer = result.join();
      event.finish(answer.finish()).usage(answer.usage()).timings(answer.timings());
    }
  }

  @Override
  void release() {
    if (reading != null) {
      reading.close();
    }
    if (run != null) {
      run.close();
    }
    if (source != null) {
      source.close();
    }
    job.images().forEach(image -> image.claim().release());
  }
}
