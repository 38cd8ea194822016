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
 * stays as long as anybody has one. Safe for any number of threads. Calls wait; {@code
 * CompletableFuture.supplyAsync} makes them come later.
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
    /** Completed with the cache's own handle. */
    final CompletableFuture<EncodedImage> image = new CompletableFuture<>();
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
    requireNonNull(file, "file");
    requireNonNull(options, "options");
    if (!engine.health().isServing()) { // handles here outlive it
      throw new EngineClosedException("the engine takes no requests", "ask another one");
    }
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
      leave(key, own);
      own.image.completeExceptionally(e);
      throw e;
    }
  }

  private synchronized void leave(PictureKey key, Entry entry) {
    entries.remove(key, entry);
  }

  private synchronized void keep(Entry entry, EncodedImage image) {
    entry.image.complete(image);
    if (closed) {
      image.close();
      return;
    }
    bytes += image.bytes();
    Iterator<Entry> oldest = entries.values().iterator();
    while (bytes > maxBytes && oldest.hasNext()) {
      EncodedImage kept = oldest.next().image.getNow(null);
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
    } catch (IllegalStateException e) { // given up meanwhile
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GenerationCancelledException("the waiting thread was interrupted", "");
    } catch (TimeoutException e) {
      throw new DeadlineExceededException("the deadline passed while encoding an image", "");
    } catch (ExecutionException e) {
      Throwable cause = requireNonNull(e.getCause());
      if (cause instanceof DeadlineExceededException
          || cause instanceof GenerationCancelledException
          || cause instanceof RequestRejectedException) {
        return null; // that was the other call's own trouble
      }
      throw Results.failure(cause);
    }
  }

  /** What the cache holds and has done. */
  public synchronized Stats stats() {
    int finished = (int) entries.values().stream().filter(each -> each.image.isDone()).count();
    return new Stats(finished, bytes, hits, misses, evictions);
  }

  /** Gives all pictures up; handles that were given out stay. Closing twice is harmless. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Entry entry : entries.values()) {
      EncodedImage kept = entry.image.getNow(null);
      if (kept != null) {
        kept.close();
      }
    }
    entries.clear();
    bytes = 0;
  }
}
