package io.fovea.engine;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import io.fovea.image.PictureNote;
import io.fovea.model.cogvlm.ImageFeatures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A picture the model has seen. Encode once, ask often, from any number of threads: its features
 * are kept, and as long as there is room the keys and values that every question about it begins
 * with. Close it to give its memory back; requests that began before still finish. Closing the
 * engine closes it, too.
 */
public final class EncodedImage implements AutoCloseable {
  private final ImageSize size;
  private final List<PictureNote> notes;
  private final Duration encodeTime;
  private final StoredPicture picture;
  private final ImageStore store;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicInteger holders = new AtomicInteger(1); // the caller, and its requests

  /**
   * @param notes what decoding lost
   * @param picture held by this image from now on
   * @param store of the engine it belongs to
   */
  EncodedImage(
      ImageSize size,
      List<PictureNote> notes,
      Duration encodeTime,
      StoredPicture picture,
      ImageStore store) {
    this.size = size;
    this.notes = notes;
    this.encodeTime = encodeTime;
    this.picture = picture;
    this.store = store;
  }

  /** Size of the picture as given, in pixels; what boxes refer to. */
  public ImageSize size() {
    return size;
  }

  /** What the picture's file holds and the model did not see; mostly nothing. */
  public List<PictureNote> notes() {
    return notes;
  }

  /** What encoding took, from decoded pixels to cached prefix. */
  public Duration encodeTime() {
    return encodeTime;
  }

  /** Gives the image back; closing twice is harmless. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }

  /**
   * Claims the image for a request to the engine that has {@code claimant}.
   *
   * @throws IllegalStateException where it was closed
   * @throws InvalidRequestException where another engine encoded it
   */
  void retain(ImageStore claimant) {
    if (claimant != store) {
      throw new InvalidRequestException(
          "the image was encoded by another engine", "encode it with this one");
    }
    boolean claimed = holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    if (claimed && !closed.get()) {
      return;
    }
    if (claimed) {
      release();
    }
    throw new IllegalStateException("the encoded image is closed");
  }

  /** Ends a claim. */
  void release() {
    if (holders.decrementAndGet() == 0) {
      store.wake();
    }
  }

  /** Whether nobody needs it any more. */
  boolean isUnused() {
    return holders.get() == 0;
  }

  ImageFeatures features() {
    return picture.features();
  }

  /** What names the picture's tokens in the cache. */
  long key() {
    return picture.key().number();
  }

  StoredPicture picture() {
    return picture;
  }
}
