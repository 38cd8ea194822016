package io.fovea.engine;

/** Work, part of which runs alone, between two steps. Engine thread only. */
interface Slices {
  /** Whether the next part of it runs alone. */
  boolean hasSlice();

  /** Runs that part. An exception ends the work. */
  void slice();

  /** Cache pages that must be free while it runs. */
  default int slicePages() {
    return 0;
  }

  /** Whether the next part of {@code work} runs alone. */
  static boolean isNext(Work work) {
    return work instanceof Slices slices && slices.hasSlice();
  }
}
