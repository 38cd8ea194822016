package io.fovea.cli;

import io.fovea.engine.FoveaEngine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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

  /** Waits for it; each call throws what its opening threw. */
  FoveaEngine get() {
    try {
      return engine.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** Closes it, once it is open. */
  @Override
  public void close() {
    engine.thenAccept(FoveaEngine::close).exceptionally(failure -> null).join();
  }
}
