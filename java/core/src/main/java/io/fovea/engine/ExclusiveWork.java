package io.fovea.engine;

import io.fovea.GenerationCancelledException;
import java.util.concurrent.CompletableFuture;

/** Work that shares no steps: one slice, which takes the engine thread for as long as it lasts. */
abstract class ExclusiveWork<T> extends Work implements Slices {
  private final String name;
  private final CompletableFuture<T> result = new CompletableFuture<>();

  /**
   * @param name what was cancelled, such as "the trace"
   */
  ExclusiveWork(String name) {
    super(RequestKind.DIAGNOSIS, Terms.DEFAULT);
    this.name = name;
  }

  /** All of it. */
  abstract T compute();

  final CompletableFuture<T> result() {
    return result;
  }

  /** Ends the work where nobody waits for it any more. */
  final void requireWanted() {
    if (stopReason() != null) {
      throw cancelled();
    }
  }

  private GenerationCancelledException cancelled() {
    return new GenerationCancelledException(name + " was cancelled", "");
  }

  @Override
  final boolean beginsAlone() {
    return true;
  }

  @Override
  final void begin() {}

  @Override
  public final boolean hasSlice() {
    return true;
  }

  @Override
  public final int slicePages() {
    return pagesWanted();
  }

  @Override
  public final void slice() {
    result.complete(compute());
  }

  @Override
  final boolean isDone() {
    return result.isDone();
  }

  @Override
  final void stop(FinishReason reason) {
    fail(cancelled());
  }

  @Override
  final void fail(Throwable error) {
    result.completeExceptionally(error);
  }

  @Override
  final void release() {}
}
