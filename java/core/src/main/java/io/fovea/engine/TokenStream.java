package io.fovea.engine;

import io.fovea.GenerationCancelledException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it is generated, to be read once by one thread. The last event is {@link
 * TokenEvent.Done}, also where the request was cancelled or its deadline passed; a failure is
 * thrown by the iterator. The engine never waits for a slow reader: events queue up, at most one
 * for each token the request may have. Close the stream if you stop reading early; that ends the
 * request.
 */
public final class TokenStream implements Iterable<TokenEvent>, AutoCloseable {
  /** An event, or the failure that ended the request. */
  private record Item(@Nullable TokenEvent event, @Nullable Throwable failure) {}

  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private final AtomicBoolean taken = new AtomicBoolean();
  private @Nullable GenerateWork work;

  TokenStream() {}

  /** Takes one event; engine thread. */
  void accept(TokenEvent event) {
    items.add(new Item(event, null));
  }

  /** Attaches the work whose tokens are delivered here. */
  @SuppressWarnings("FutureReturnValueIgnored") // its failures are items, too
  void follow(GenerateWork followed) {
    work = followed;
    followed
        .result()
        .whenComplete(
            (answer, error) ->
                items.add(
                    error == null
                        ? new Item(new TokenEvent.Done(answer), null)
                        : new Item(null, error)));
  }

  /**
   * The events.
   *
   * @throws IllegalStateException when asked for a second time
   */
  @Override
  public Iterator<TokenEvent> iterator() {
    if (!taken.compareAndSet(false, true)) {
      throw new IllegalStateException("a token stream can be read only once");
    }
    return new Events();
  }

  /** Ends the request within one step; events up to {@link TokenEvent.Done} still arrive. */
  public void cancel() {
    if (work != null) {
      work.cancel();
    }
  }

  /** Ends the request if it still runs. */
  @Override
  public void close() {
    cancel();
  }

  private final class Events implements Iterator<TokenEvent> {
    private @Nullable TokenEvent next;
    private boolean ended;

    @Override
    public boolean hasNext() {
      if (next == null && !ended) {
        next = take();
        ended = next instanceof TokenEvent.Done;
      }
      return next != null;
    }

    @Override
    public TokenEvent next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the answer has ended");
      }
      TokenEvent event = Objects.requireNonNull(next);
      next = null;
      return event;
    }

    private TokenEvent take() {
      try {
        Item item = items.take();
        if (item.event() != null) {
          return item.event();
        }
        ended = true;
        throw Results.failure(item.failure());
      } catch (InterruptedException e) {
        ended = true;
        cancel();
        Thread.currentThread().interrupt();
        throw new GenerationCancelledException(
            "the reading thread was interrupted", work == null ? "" : work.textSoFar());
      }
    }
  }
}
