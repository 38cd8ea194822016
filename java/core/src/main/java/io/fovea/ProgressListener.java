package io.fovea;

/** Told how far a long task has come; called from the thread that does the work. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * @param task what is being done, such as "loading weights"
   * @param done units finished so far (bytes or items), at most {@code total}
   * @param total units in all
   */
  void progress(String task, long done, long total);

  /** A listener that does nothing. */
  static ProgressListener none() {
    return (task, done, total) -> {};
  }
}
