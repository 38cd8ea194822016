package io.fovea.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The result of a request, later. Whatever completes the future from outside ends the request:
 * {@code cancel}, {@code orTimeout}, {@code complete}; so does cancelling a future derived from it.
 * It is completed by an executor, never on the engine's thread.
 */
final class RequestFuture<T> extends CompletableFuture<T> {
  private final List<? extends Work> works;
  private final Executor executor;

  RequestFuture(List<? extends Work> works, Executor executor) {
    this.works = works;
    this.executor = executor;
  }

  /**
   * Delivers what {@code result} will be.
   *
   * @param map from what the work delivers; may throw
   * @param unwanted gets what comes too late
   */
  @SuppressWarnings("FutureReturnValueIgnored") // this is what it completes
  <R> RequestFuture<T> follow(
      CompletableFuture<R> result, Function<R, T> map, Consumer<R> unwanted) {
    result.whenComplete(
        (value, error) -> {
          if (!isDone()) {
            new Handover(executor).execute(() -> deliver(value, error, map, unwanted));
          } else if (error == null) {
            unwanted.accept(value);
          }
        });
    return this;
  }

  private <R> void deliver(
      R value, @Nullable Throwable error, Function<R, T> map, Consumer<R> unwanted) {
    if (error != null) {
      completeExceptionally(error);
      return;
    }
    try {
      if (!complete(map.apply(value))) {
        unwanted.accept(value);
      }
    } catch (RuntimeException | Error e) { // whoever waits must hear of it
      completeExceptionally(e);
    }
  }

  @Override
  public Executor defaultExecutor() {
    return executor;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new RequestFuture<>(works, executor);
  }

  @Override
  public boolean complete(T value) {
    return ending(super.complete(value));
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    return ending(super.completeExceptionally(error));
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return ending(super.cancel(mayInterruptIfRunning));
  }

  /** Ends the works, unless they have ended and this is their own result. */
  private boolean ending(boolean completed) {
    if (completed) {
      works.stream().filter(work -> !work.isDone()).forEach(Work::cancel);
    }
    return completed;
  }
}
