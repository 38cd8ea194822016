package io.fovea.engine;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.image.RgbImage;
import io.fovea.model.Trace;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A picture being encoded: first its features, then its prefix, as rows like any others. */
final class EncodeWork extends Work {
  private final LoadedModel model;
  private final ImageStore store;
  private final RgbImage image;
  private final PictureKey key;
  private final Prompt prefix;
  private final CompletableFuture<EncodedImage> result = new CompletableFuture<>();
  private @Nullable StoredPicture picture;
  private @Nullable SequenceRun run;

  /** Reads all of the picture, to know it again: for the caller's thread. */
  EncodeWork(LoadedModel model, ImageStore store, RgbImage image) {
    super(null, Priority.NORMAL, null);
    this.model = model;
    this.store = store;
    this.image = image;
    key = store.keyOf(image);
    prefix = model.prompt(/* image= */ true, new int[0]);
  }

  CompletableFuture<EncodedImage> result() {
    return result;
  }

  @Override
  boolean beginsAlone() {
    return true;
  }

  @Override
  int pagesWanted() {
    return 0;
  }

  /** The same picture, if it is open already, is not encoded again. */
  @Override
  void begin() {
    StoredPicture open = store.find(key);
    if (open != null) {
      cachePrefix(open);
    }
  }

  @Override
  boolean hasSlice() {
    return picture == null;
  }

  @Override
  void slice() {
    int width = image.size().width();
    int height = image.size().height();
    cachePrefix(
        store.add(key, model.model().encode(model.ops(), image.rgb(), width, height, Trace.NONE)));
  }

  private void cachePrefix(StoredPicture found) {
    picture = found;
    long[] keys = prefix.keys(key.number());
    run = new SequenceRun(model, prefix, found.features(), keys, /* generates= */ false);
  }

  @Override
  @Nullable SequenceRun run() {
    return run;
  }

  @Override
  void proceed(Choice.@Nullable Chosen chosen) {
    SequenceRun rows = Objects.requireNonNull(run);
    if (rows.ready() > 0) {
      return;
    }
    rows.close();
    EncodedImage encoded =
        new EncodedImage(
            image.size(),
            image.notes(),
            Duration.ofNanos(System.nanoTime() - begun()),
            Objects.requireNonNull(picture),
            store);
    picture = null; // the image's from now on
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
    if (picture != null) {
      store.release(picture);
      picture = null;
    }
  }
}
