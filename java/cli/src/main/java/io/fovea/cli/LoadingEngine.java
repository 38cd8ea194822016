package io.fovea.cli;

import io.fovea.GenerationCancelledException;
import io.fovea.engine.FoveaEngine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** An engine that is opened while something else goes on. */
final class LoadingEngine implements AutoCloseable {
  private final CompletableFuture<FoveaEngine> engine = new CompletableFuture<>();

  LoadingEngine(Supplier<FoveaEngine> opening) {
    Thread thread = new Thread(() -> open(opening), "fovea-loading");
    thread.setDaemon(true);
    thread.start();
  }

  private void open(Supplier<FoveaEngine> opening) {
    try {
      engine.complete(opening.get());
    } catch (RuntimeException | Error e) {
      engine.completeExceptionally(e);
    }
  }

  /**
   * Waits for it; each call throws what its opening threw.
   *
   * @throws GenerationCancelledException where the thread is interrupted
   */
  FoveaEngine get() {
    try {
      return engine.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GenerationCancelledException("interrupted while the model was loaded", "");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Closes it; while it is being opened, without waiting, as soon as it is open. */
  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // there is nobody to hear of what did not open
  public void close() {
    engine.thenAccept(FoveaEngine::close);
  }
}
