package io.fovea.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The result of a request, later. Whatever completes the future from outside ends the request:
 * {@code cancel}, {@code orTimeout}, {@code complete}; so does cancelling a future derived from it.
 * Dependents run on the common pool, never on the engine's thread.
 */
final class RequestFuture<T> extends CompletableFuture<T> {
  private final Work work;

  RequestFuture(Work work) {
    this.work = work;
  }

  /** Delivers what {@code result} will be. */
  RequestFuture<T> follow(CompletableFuture<T> result) {
    return follow(result, value -> {});
  }

  /**
   * Delivers what {@code result} will be.
   *
   * @param unwanted gets a value that came too late
   */
  @SuppressWarnings("FutureReturnValueIgnored") // this is what it completes
  RequestFuture<T> follow(CompletableFuture<T> result, Consumer<T> unwanted) {
    result.whenCompleteAsync(
        (value, error) -> {
          if (error != null) {
            completeExceptionally(error.getCause() == null ? error : error.getCause());
          } else if (!complete(value)) {
            unwanted.accept(value);
          }
        });
    return this;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new RequestFuture<>(work);
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

  /** Ends the work, unless it has ended and this is its own result. */
  private boolean ending(boolean completed) {
    if (completed && !work.isDone()) {
      work.cancel();
    }
    return completed;
  }
}
