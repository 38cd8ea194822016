package io.fovea.engine;

import io.fovea.GenerationCancelledException;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it is generated, to be read once by one thread: by its iterator, which waits, or by
 * {@link #poll}, which does not. The last event is {@link TokenEvent.Done}, also where the request
 * was cancelled or its deadline passed; a failure is thrown in its place. The engine never waits
 * for a slow reader: events queue up, at most one for each token the request may have. Close the
 * stream if you stop reading early; that ends the request.
 */
public final class TokenStream implements Iterable<TokenEvent>, AutoCloseable {
  /** An event, or the failure that ended the request. */
  private record Item(@Nullable TokenEvent event, @Nullable Throwable failure) {}

  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private final AtomicBoolean taken = new AtomicBoolean();
  private volatile boolean ended;
  private final Executor executor;
  private @Nullable GenerateWork work;

  /**
   * @param executor where what depends on {@link #answer} runs
   */
  TokenStream(Executor executor) {
    this.executor = executor;
  }

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

  /**
   * The next event, or null where there is none yet, or none any more: {@link #isEnded}.
   *
   * @throws io.fovea.FoveaException where the request failed; once
   */
  public @Nullable TokenEvent poll() {
    Item item = ended ? null : items.poll();
    return item == null ? null : event(item);
  }

  /**
   * The next event, waiting for it if need be.
   *
   * @param most how long
   * @return null where none came, or none comes any more: {@link #isEnded}
   * @throws GenerationCancelledException where the thread was interrupted; that ends the request
   * @throws io.fovea.FoveaException where the request failed; once
   */
  public @Nullable TokenEvent poll(Duration most) {
    Objects.requireNonNull(most, "most");
    if (ended) {
      return null;
    }
    try {
      Item item = items.poll(Deadlines.nanos(most), TimeUnit.NANOSECONDS);
      return item == null ? null : event(item);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /**
   * How the request ends, whether or not anybody reads its events: with the answer of {@link
   * TokenEvent.Done}, or with a failure. Its dependents run on {@link EngineBuilder#executor}.
   */
  public CompletionStage<Answer> answer() {
    return Objects.requireNonNull(work)
        .result()
        .whenCompleteAsync((answer, error) -> {}, new Handover(executor))
        .minimalCompletionStage();
  }

  /** Whether the last event, or the failure, was read. */
  public boolean isEnded() {
    return ended;
  }

  private TokenEvent event(Item item) {
    TokenEvent event = item.event();
    if (event == null) {
      ended = true;
      throw Results.failure(item.failure());
    }
    ended = event instanceof TokenEvent.Done;
    return event;
  }

  private GenerationCancelledException interrupted() {
    ended = true;
    cancel();
    Thread.currentThread().interrupt();
    return new GenerationCancelledException(
        "the reading thread was interrupted", work == null ? "" : work.textSoFar());
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

    @Override
    public boolean hasNext() {
      if (next == null && !ended) {
        next = take();
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
        return event(items.take());
      } catch (InterruptedException e) {
        throw interrupted();
      }
    }
  }
}
