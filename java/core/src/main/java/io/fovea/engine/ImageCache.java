package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.DeadlineExceededException;
import io.fovea.EngineClosedException;
import io.fovea.GenerationCancelledException;
import io.fovea.InvalidRequestException;
import io.fovea.RequestRejectedException;
import io.fovea.image.ImageInput;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Encoded pictures by the contents of their files, for backends that are asked about the same
 * pictures again and again: the same bytes are decoded and encoded once, also where several ask at
 * the same time, and kept as long as they are among the last used that fit a budget.
 *
 * <p>Every call gives a handle of its own, which its caller closes; a picture given up meanwhile
 * stays as long as anybody has one. Safe for any number of threads.
 */
public final class ImageCache implements AutoCloseable {
  private final VisionEngine engine;
  private final long maxBytes;
  private final Map<PictureKey, Entry> entries =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true);
  private long bytes;
  private long hits;
  private long misses;
  private long evictions;
  private boolean closed;

  /**
   * @param maxBytes of device memory that pictures may take which nobody else needs: {@link
   *     EncodedImage#bytes}
   * @throws InvalidRequestException where that is negative
   */
  public ImageCache(VisionEngine engine, long maxBytes) {
    this.engine = requireNonNull(engine, "engine");
    this.maxBytes = maxBytes;
    if (maxBytes < 0) {
      throw new InvalidRequestException("maxBytes is " + maxBytes, "give 0 or more");
    }
  }

  /** A picture that is encoded, or being encoded by the first who asked for it. */
  private static final class Entry {
    /** Completed with the cache's own handle, never under its lock. */
    final CompletableFuture<EncodedImage> image = new CompletableFuture<>();

    /** The same once it is counted; under the lock. */
    @Nullable EncodedImage kept;
  }

  /**
   * What a cache holds and has done.
   *
   * @param images it holds
   * @param bytes of device memory that they take
   * @param hits calls that found their picture, finished or under way
   * @param misses calls that encoded it
   * @param evictions pictures given up for their room
   */
  public record Stats(int images, long bytes, long hits, long misses, long evictions) {}

  /** As {@link #encode(byte[], EncodeOptions)}, without deadline. */
  public EncodedImage encode(byte[] file) {
    return encode(file, EncodeOptions.defaults());
  }

  /**
   * The encoded picture, from the cache where it is there.
   *
   * @param file a JPEG, PNG, GIF, BMP, WebP or TIFF file; not copied, so leave it unchanged
   * @param options of the encoding, where it is needed; the deadline counts for waiting, too
   * @return a handle to be closed
   * @throws IllegalStateException where the cache is closed
   * @throws EngineClosedException where the engine is
   * @throws io.fovea.FoveaException as {@link VisionEngine#encode(ImageInput, EncodeOptions)}
   */
  public EncodedImage encode(byte[] file, EncodeOptions options) {
    requireServing(file, options);
    PictureKey key = PictureKey.of(file);
    long begun = System.nanoTime();
    long allowed = Deadlines.nanos(options.deadline());
    boolean first = true;
    while (true) {
      Entry own = new Entry();
      Entry entry = enter(key, own, first);
      first = false;
      long left = allowed - (System.nanoTime() - begun);
      EncodedImage found =
          entry == own ? encode(key, own, file, within(left, options)) : lease(entry, left);
      if (found != null) {
        return found;
      }
    }
  }

  /**
   * The same later. Whatever ends the future ends the encoding, unless another call has asked for
   * the same picture, which then begins it anew. Only the picture's hash is computed before this
   * returns.
   *
   * @return a handle to be closed; one that comes too late is closed here
   * @throws IllegalStateException where the cache is closed
   * @throws EngineClosedException where the engine is
   */
  public CompletableFuture<EncodedImage> encodeAsync(byte[] file, EncodeOptions options) {
    requireServing(file, options);
    Wanted wanted = new Wanted(file, options);
    wanted.seek(/* first= */ true);
    return wanted.image;
  }

  private void requireServing(byte[] file, EncodeOptions options) {
    requireNonNull(file, "file");
    requireNonNull(options, "options");
    if (!engine.health().isServing()) { // handles here outlive it
      throw new EngineClosedException("the engine takes no requests", "ask another one");
    }
  }

  /** A handle that somebody waits for in {@link #encodeAsync}. */
  @SuppressWarnings("FutureReturnValueIgnored") // all that matters completes the image
  private final class Wanted {
    final CompletableFuture<EncodedImage> image = new CompletableFuture<>();
    private final byte[] file;
    private final EncodeOptions options;
    private final PictureKey key;
    private final long begun = System.nanoTime();

    Wanted(byte[] file, EncodeOptions options) {
      this.file = file;
      this.options = options;
      key = PictureKey.of(file);
    }

    private long left() {
      return Deadlines.nanos(options.deadline()) - (System.nanoTime() - begun);
    }

    void seek(boolean first) {
      if (image.isDone()) {
        return;
      }
      try {
        Entry own = new Entry();
        Entry entry = enter(key, own, first);
        if (entry == own) {
          encode(own);
        } else {
          waitFor(entry);
        }
      } catch (RuntimeException | Error e) {
        image.completeExceptionally(e);
      }
    }

    private void encode(Entry own) {
      CompletableFuture<EncodedImage> encoding;
      try {
        encoding = engine.encodeAsync(ImageInput.of(file), within(left(), options));
      } catch (RuntimeException | Error e) {
        fail(key, own, e);
        throw e;
      }
      encoding.whenComplete(
          (encoded, error) -> {
            if (error != null) {
              fail(key, own, error);
              image.completeExceptionally(error);
            } else {
              EncodedImage lease = encoded.retain();
              keep(own, encoded);
              deliver(lease);
            }
          });
      image.whenComplete((lease, error) -> encoding.cancel(false)); // nothing, once it has ended
    }

    private void waitFor(Entry entry) {
      if (options.deadline() != null) {
        CompletableFuture<Void> clock = new CompletableFuture<Void>();
        clock
            .orTimeout(Math.max(1, left()), TimeUnit.NANOSECONDS)
            .whenComplete((none, late) -> image.completeExceptionally(tooLate()));
        image.whenComplete((lease, error) -> clock.complete(null));
      }
      entry.image.whenComplete(
          (encoded, error) -> {
            if (error == null) {
              lease(encoded);
            } else if (isOthersOwn(error)) {
              seek(/* first= */ false);
            } else {
              image.completeExceptionally(error);
            }
          });
    }

    private void lease(EncodedImage encoded) {
      EncodedImage lease;
      try {
        lease = encoded.retain();
      } catch (IllegalStateException e) { // given up meanwhile
        seek(/* first= */ false);
        return;
      }
      deliver(lease);
    }

    private void deliver(EncodedImage lease) {
      if (!image.complete(lease)) {
        lease.close();
      }
    }
  }

  private static DeadlineExceededException tooLate() {
    return new DeadlineExceededException("the deadline passed while encoding an image", "");
  }

  /** Whether what ended the call that encodes says nothing about the picture. */
  private static boolean isOthersOwn(Throwable error) {
    return error instanceof DeadlineExceededException
        || error instanceof GenerationCancelledException
        || error instanceof CancellationException
        || error instanceof RequestRejectedException;
  }

  /** The options with what is left of their deadline: {@code nanos}, or less than one. */
  private static EncodeOptions within(long nanos, EncodeOptions options) {
    return options.deadline() == null
        ? options
        : options.toBuilder().deadline(Duration.ofNanos(Math.max(1, nanos))).build();
  }

  /** The entry that is there, or {@code own}, which is to be filled. */
  private synchronized Entry enter(PictureKey key, Entry own, boolean counts) {
    if (closed) {
      throw new IllegalStateException("the image cache is closed");
    }
    Entry there = entries.putIfAbsent(key, own); // one that is there is the last used from now on
    if (there == null) {
      misses += counts ? 1 : 0;
      return own;
    }
    hits += counts ? 1 : 0;
    return there;
  }

  private EncodedImage encode(PictureKey key, Entry own, byte[] file, EncodeOptions options) {
    try {
      EncodedImage image = engine.encode(ImageInput.of(file), options);
      EncodedImage lease = image.retain();
      keep(own, image);
      return lease;
    } catch (RuntimeException | Error e) {
      fail(key, own, e);
      throw e;
    }
  }

  private void fail(PictureKey key, Entry own, Throwable error) {
    synchronized (this) {
      entries.remove(key, own);
    }
    own.image.completeExceptionally(error);
  }

  private void keep(Entry entry, EncodedImage image) {
    count(entry, image);
    entry.image.complete(image);
  }

  private synchronized void count(Entry entry, EncodedImage image) {
    if (closed) {
      image.close();
      return;
    }
    entry.kept = image;
    bytes += image.bytes();
    Iterator<Entry> oldest = entries.values().iterator();
    while (bytes > maxBytes && oldest.hasNext()) {
      EncodedImage kept = oldest.next().kept;
      if (kept != null) { // others are not counted yet
        oldest.remove();
        bytes -= kept.bytes();
        evictions++;
        kept.close();
      }
    }
  }

  /** A handle of what another call encodes or encoded; null where it is to be tried again. */
  private static @Nullable EncodedImage lease(Entry entry, long nanos) {
    try {
      return entry.image.get(nanos, TimeUnit.NANOSECONDS).retain();
    } catch (IllegalStateException e) { // given up meanwhile, or cancelled
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GenerationCancelledException("the waiting thread was interrupted", "");
    } catch (TimeoutException e) {
      throw tooLate();
    } catch (ExecutionException e) {
      Throwable cause = requireNonNull(e.getCause());
      if (isOthersOwn(cause)) {
        return null;
      }
      throw Results.failure(cause);
    }
  }

  /** What the cache holds and has done. */
  public synchronized Stats stats() {
    int finished = (int) entries.values().stream().filter(each -> each.kept != null).count();
    return new Stats(finished, bytes, hits, misses, evictions);
  }

  /** Gives all pictures up; handles that were given out stay. Closing twice is harmless. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Entry entry : entries.values()) {
      EncodedImage kept = entry.kept;
      if (kept != null) {
        kept.close();
      }
    }
    entries.clear();
    bytes = 0;
  }
}
