package io.fovea.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The result of a request, later. Whatever completes the future from outside ends the request:
 * {@code cancel}, {@code orTimeout}, {@code complete}; so does cancelling a future derived from it.
 * It is completed by an executor, never on the engine's thread.
 */
final class RequestFuture<T> extends CompletableFuture<T> {
  private final Work work;
  private final Executor executor;

  RequestFuture(Work work, Executor executor) {
    this.work = work;
    this.executor = executor;
  }

  /**
   * The common pool; a thread for each result where that has none. {@link
   * CompletableFuture#defaultExecutor} would start threads on two processors, too.
   */
  static Executor commonPool() {
    return ForkJoinPool.getCommonPoolParallelism() > 0
        ? ForkJoinPool.commonPool()
        : task -> new Thread(task, "fovea-result").start();
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
            executor.execute(() -> deliver(value, error, map, unwanted));
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
    } catch (RuntimeException e) {
      completeExceptionally(e);
    }
  }

  @Override
  public Executor defaultExecutor() {
    return executor;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new RequestFuture<>(work, executor);
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
