package io.fovea.engine;

import io.fovea.DeadlineExceededException;
import io.fovea.FoveaException;
import io.fovea.GenerationCancelledException;
import io.fovea.ImageSize;
import io.fovea.decoding.Choice;
import io.fovea.image.DecodingRoom;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.PictureNote;
import io.fovea.image.RgbImage;
import io.fovea.model.Encoding;
import io.fovea.model.ImageFeatures;
import io.fovea.model.Prompt;
import io.fovea.model.Trace;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A picture being encoded: its features in slices, then its prefix, as rows like any others. */
final class EncodeWork extends Work implements Slices, Rows {
  /** What stays known of the picture when its pixels are gone. */
  private record Facts(ImageSize size, List<PictureNote> notes, PictureKey key) {}

  private final LoadedModel model;
  private final ImageStore store;
  private final Prompt prefix;
  private final CompletableFuture<EncodedImage> result = new CompletableFuture<>();
  private final Patience patience = new Patience();
  private final DecodingRoom.Hold hold; // until the engine has taken the pixels
  private volatile Runnable withdrawal = () -> {};
  private @Nullable RgbImage pixels; // until it begins
  private @Nullable Encoding<ImageFeatures> encoding;
  private @Nullable Facts facts;
  private @Nullable StoredPicture picture;
  private @Nullable SequenceRun run;
  private boolean reused;

  EncodeWork(LoadedModel model, ImageStore store, DecodingRoom room, EncodeOptions options) {
    super(RequestKind.ENCODE, options.terms());
    this.model = model;
    this.store = store;
    prefix = model.picturePrefix();
    hold = room.hold(patience);
  }

  /** Waits for room to decode until its deadline or its end. */
  private final class Patience implements DecodingRoom.Terms {
    @Override
    public long nanosLeft() {
      return EncodeWork.this.nanosLeft();
    }

    @Override
    public void requireGoing() {
      FinishReason reason = stopReason();
      if (reason != null) {
        throw ending(reason);
      }
    }
  }

  @Override
  void cancel() {
    super.cancel();
    hold.wake();
    withdrawal.run();
  }

  /**
   * What a cancellation does besides, such as giving a place up before a thread was found to
   * decode.
   */
  void onCancel(Runnable action) {
    withdrawal = action;
  }

  /** Decodes the picture, before it is queued. */
  void decode(ImageDecoder decoder, ImageInput input) {
    patience.requireGoing(); // it may have waited for a thread
    take(decoder.decode(input, hold));
  }

  /** Takes the picture, before it is queued; reads all of it, to know it again. */
  void take(RgbImage image) {
    pixels = image;
    facts = new Facts(image.size(), image.notes(), store.keyOf(image));
  }

  private Facts facts() {
    return Objects.requireNonNull(facts);
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
    StoredPicture open = store.find(facts().key());
    if (open != null) {
      reused = true;
      hold.close();
      cachePrefix(open);
    } else {
      byte[] rgb = Objects.requireNonNull(pixels).rgb();
      ImageSize size = facts().size();
      encoding =
          model.model().beginEncoding(model.ops(), rgb, size.width(), size.height(), Trace.NONE);
    }
    pixels = null;
  }

  @Override
  public boolean hasSlice() {
    return encoding != null;
  }

  @Override
  public void slice() {
    Encoding<ImageFeatures> slices = Objects.requireNonNull(encoding);
    boolean more = slices.advance();
    hold.close(); // the first slice is what needs the pixels
    if (!more) {
      encoding = null;
      cachePrefix(store.add(facts().key(), slices.result()));
    }
  }

  private void cachePrefix(StoredPicture found) {
    picture = found;
    if (prefix.length() == 0) {
      complete();
      return;
    }
    List<ImageFeatures> features = List.of(found.features());
    long[] keys = prefix.keys(facts().key().number());
    run =
        new SequenceRun(model, prefix, features, /* source= */ null, keys, /* generates= */ false);
  }

  @Override
  public @Nullable SequenceRun run() {
    return run;
  }

  @Override
  public void entered(int cached) {}

  @Override
  public void proceed(Choice.@Nullable Chosen chosen) {
    SequenceRun rows = Objects.requireNonNull(run);
    if (rows.ready() > 0) {
      return;
    }
    rows.close();
    complete();
  }

  private void complete() {
    ImageClaim claim = new ImageClaim(Objects.requireNonNull(picture), store);
    picture = null; // the claim's from now on
    store.add(claim);
    long now = System.nanoTime();
    Duration took = Duration.ofNanos(now - begun(now));
    result.complete(EncodedImage.of(facts().size(), facts().notes(), took, claim));
  }

  @Override
  boolean isDone() {
    return result.isDone();
  }

  @Override
  void stop(FinishReason reason) {
    fail(ending(reason));
  }

  private static FoveaException ending(FinishReason reason) {
    return reason == FinishReason.DEADLINE
        ? new DeadlineExceededException("the deadline passed while encoding an image", "")
        : new GenerationCancelledException("encoding an image was cancelled", "");
  }

  @Override
  void fail(Throwable error) {
    result.completeExceptionally(error);
  }

  @Override
  EncodeEvent encodeEvent() {
    return EncodeEvent.builder(facts().size())
        .reused(reused)
        .sliceTime(Duration.ofNanos(sliced()))
        .duration(Duration.ofNanos(System.nanoTime() - submitted()))
        .build();
  }

  @Override
  void release() {
    pixels = null;
    hold.close();
    if (encoding != null) {
      encoding.close();
    }
    if (run != null) {
      run.close();
    }
    if (picture != null) {
      store.release(picture);
      picture = null;
    }
  }
}
