package io.fovea.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Hands results to the application's executor. The common pool takes those that it would run on the
 * thread that hands over, which may be the engine's, and those that it takes no more: somebody
 * waits for them.
 */
final class Handover implements Executor {
  private final Executor executor;

  Handover(Executor executor) {
    this.executor = executor;
  }

  /**
   * The common pool; a thread for each task where that has none. {@link
   * java.util.concurrent.CompletableFuture#defaultExecutor} would start threads on two processors,
   * too.
   */
  static Executor commonPool() {
    return ForkJoinPool.getCommonPoolParallelism() > 0
        ? ForkJoinPool.commonPool()
        : task -> new Thread(task, "fovea-result").start();
  }

  @Override
  public void execute(Runnable task) {
    Thread giver = Thread.currentThread();
    AtomicBoolean giving = new AtomicBoolean(true);
    try {
      executor.execute(
          () -> {
            if (giving.get() && Thread.currentThread() == giver) {
              commonPool().execute(task);
            } else {
              task.run();
            }
          });
    } catch (RejectedExecutionException e) { // it is shut down or full
      commonPool().execute(task);
    } finally {
      giving.set(false);
    }
  }
}
