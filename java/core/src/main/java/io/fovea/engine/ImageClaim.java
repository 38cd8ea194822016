package io.fovea.engine;

import io.fovea.InvalidRequestException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A picture's features, and how many still need them: handles that are not closed, and requests.
 */
final class ImageClaim {
  private final StoredPicture picture;
  private final ImageStore store;
  private volatile boolean ended;
  private final AtomicInteger holders = new AtomicInteger(1); // the first handle

  /**
   * @param picture held by this claim from now on
   * @param store of the engine it belongs to
   */
  ImageClaim(StoredPicture picture, ImageStore store) {
    this.picture = picture;
    this.store = store;
  }

  /** One more needs it. Returns false where nobody did any more: then it is gone. */
  boolean retain() {
    return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /** One less. */
  void release() {
    if (holders.decrementAndGet() == 0) {
      store.wake();
    }
  }

  /** Whether nobody needs it any more. */
  boolean isUnused() {
    return holders.get() == 0;
  }

  /**
   * Throws where it belongs to another engine than {@code claimant} does.
   *
   * @throws InvalidRequestException naming the remedy
   */
  void requireOf(ImageStore claimant) {
    if (claimant != store) {
      throw new InvalidRequestException(
          "the image was encoded by another engine", "encode it with this one");
    }
  }

  /** The engine ends, and with it the picture: nobody can leak it any more. */
  void end() {
    ended = true;
  }

  boolean isEnded() {
    return ended;
  }

  StoredPicture picture() {
    return picture;
  }
}
