package io.fovea.engine;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.image.RgbImage;
import io.fovea.model.KvCache;
import io.fovea.model.KvSequence;
import io.fovea.model.Trace;
import io.fovea.model.cogvlm.ImageFeatures;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A picture being encoded: first its features, then the cached prefix, as rows like any others. */
final class EncodeWork extends Work {
  private final LoadedModel model;
  private final ImageStore store;
  private final RgbImage image;
  private final Prompt prefix;
  private final CompletableFuture<EncodedImage> result = new CompletableFuture<>();
  private @Nullable ImageFeatures features;
  private @Nullable SequenceRun run;

  EncodeWork(LoadedModel model, ImageStore store, RgbImage image) {
    super(null);
    this.model = model;
    this.store = store;
    this.image = image;
    prefix = model.prompt(/* image= */ true, new int[0]);
  }

  CompletableFuture<EncodedImage> result() {
    return result;
  }

  @Override
  int pagesWanted() {
    return KvCache.pagesFor(prefix.length());
  }

  @Override
  void begin() {
    KvSequence sequence = new KvSequence(model.cache());
    features =
        model
            .model()
            .encode(
                model.ops(), image.rgb(), image.size().width(), image.size().height(), Trace.NONE);
    run = new SequenceRun(sequence, prefix, features, /* generates= */ false);
    sequence.reserve(model.ops(), prefix.length());
  }

  @Override
  SequenceRun run() {
    return Objects.requireNonNull(run);
  }

  @Override
  void proceed(Choice.@Nullable Chosen chosen) {
    if (run().inPrompt()) {
      return;
    }
    EncodedImage encoded =
        new EncodedImage(
            image.size(),
            image.notes(),
            Duration.ofNanos(System.nanoTime() - begun()),
            Objects.requireNonNull(features),
            run().sequence(),
            store);
    features = null; // both belong to the image now
    run = null;
    store.add(encoded);
    result.complete(encoded);
  }

  @Override
  boolean isDone() {
    return result.isDone();
  }

  @Override
  void stop(FinishReason reason) {
    fail(
        reason == FinishReason.DEADLINE
            ? new DeadlineExceededException("the deadline passed while encoding an image", "")
            : new GenerationCancelledException("encoding an image was cancelled", ""));
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
    if (features != null) {
      features.close();
    }
  }
}
