package io.fovea.ops;

/**
 * Times on a device's own line of work (CUDA events; the steady clock on the processor), and names
 * of work for external profilers. Used by one thread at a time.
 */
public interface WorkClock {
  /** Marks that can be told apart: 0 to this, exclusive. */
  int MARKS = 1 << 16;

  /** Notes the time when the work queued so far is done; replaces an earlier mark of the number. */
  void mark(int number);

  /** Milliseconds between two marks; waits for both. NaN where one was never set. */
  double milliseconds(int from, int to);

  /** Names the work queued until {@link #endRange} (NVTX on CUDA, else nothing). Ranges nest. */
  void beginRange(String name);

  /** Ends the innermost range. */
  void endRange();
}
