package io.fovea.engine;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import io.fovea.image.PictureNote;
import io.fovea.model.ImageFeatures;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A picture the model has seen. Encode once, ask often, from any number of threads: its features
 * are kept, and as long as there is room the keys and values that questions about it begin with,
 * where the model's prompt begins with the picture.
 *
 * <p>Close it to give its memory back; requests that began before still finish. Whoever hands it on
 * to somebody who closes it on their own gives them a {@link #retain handle of their own}. Closing
 * the engine ends all of them. An image that is dropped without being closed is freed when it is
 * collected, with a warning in the log: the engine's memory is not the collector's to watch.
 */
public final class EncodedImage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EncodedImage.class);
  private static final Cleaner CLEANER = Cleaner.create();

  /** What all handles of a picture share. */
  private record Facts(ImageSize size, List<PictureNote> notes, Duration encodeTime, long bytes) {}

  /** One handle's part of the claim. Ends once, by {@link #close} or by the collector. */
  private static final class Lease implements Runnable {
    private static final AtomicLong LEAKS = new AtomicLong();

    private final ImageClaim claim;
    private volatile boolean closed;

    Lease(ImageClaim claim) {
      this.claim = claim;
    }

    @Override
    public void run() {
      if (!closed && !claim.isEnded()) {
        warn(LEAKS.incrementAndGet());
      }
      claim.release();
    }

    /** Every leak would fill the log: the first, the second, the fourth and so on. */
    private static void warn(long leaks) {
      if (Long.bitCount(leaks) == 1) {
        LOG.warn(
            "{} encoded images so far were dropped without being closed; close each, best by"
                + " try-with-resources",
            leaks);
      }
    }
  }

  private final Facts facts;
  private final Lease lease;
  private final Cleaner.Cleanable cleanable;

  private EncodedImage(Facts facts, ImageClaim claim) {
    this.facts = facts;
    lease = new Lease(claim);
    cleanable = CLEANER.register(this, lease);
  }

  /**
   * The first handle.
   *
   * @param notes what decoding lost
   */
  static EncodedImage of(
      ImageSize size, List<PictureNote> notes, Duration encodeTime, ImageClaim claim) {
    long bytes = claim.picture().features().bytes();
    return new EncodedImage(new Facts(size, notes, encodeTime, bytes), claim);
  }

  /** Size of the picture as given, in pixels; what boxes refer to. */
  public ImageSize size() {
    return facts.size();
  }

  /** What the picture's file holds and the model did not see; mostly nothing. */
  public List<PictureNote> notes() {
    return facts.notes();
  }

  /** What encoding took, from decoded pixels to cached prefix. */
  public Duration encodeTime() {
    return facts.encodeTime();
  }

  /** Device memory that its features take until all handles are closed; its prefix comes beside. */
  public long bytes() {
    return facts.bytes();
  }

  /**
   * Another handle of the same picture, to be closed on its own. Costs nothing.
   *
   * @throws IllegalStateException where this one is closed
   */
  public EncodedImage retain() {
    hold();
    return new EncodedImage(facts, lease.claim);
  }

  @Override
  public String toString() {
    return "encoded picture of " + size();
  }

  /** Gives the handle back; closing twice is harmless. */
  @Override
  public void close() {
    lease.closed = true;
    cleanable.clean(); // at most once
  }

  /**
   * Claims the picture for a request to the engine that has {@code claimant}, which releases {@link
   * #claim} at its end.
   *
   * @throws IllegalStateException where it was closed
   * @throws InvalidRequestException where another engine encoded it
   */
  void retain(ImageStore claimant) {
    lease.claim.requireOf(claimant);
    hold();
  }

  private void hold() {
    boolean held = lease.claim.retain();
    if (held && lease.closed) {
      lease.claim.release();
      held = false;
    }
    Reference.reachabilityFence(this); // until here its own part of the claim counts
    if (!held) {
      throw new IllegalStateException("the encoded image is closed");
    }
  }

  ImageClaim claim() {
    return lease.claim;
  }

  ImageFeatures features() {
    return lease.claim.picture().features();
  }

  /** What names the picture's tokens in the cache. */
  long key() {
    return lease.claim.picture().key().number();
  }
}
