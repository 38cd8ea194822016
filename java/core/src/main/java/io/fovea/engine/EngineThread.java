package io.fovea.engine;

/** The thread that works on a model. It must not wait for what only such a thread brings about. */
final class EngineThread extends Thread {
  EngineThread(Scheduler scheduler) {
    super(scheduler, "fovea-engine");
    setDaemon(true);
  }

  /**
   * Throws where the caller is one, such as a listener: it would wait for ever.
   *
   * @throws IllegalStateException naming the remedy
   */
  static void requireAnother() {
    if (Thread.currentThread() instanceof EngineThread) {
      throw new IllegalStateException(
          "a listener waits for an engine on an engine's thread; ask from another thread");
    }
  }
}
