package io.fovea.bench.load;

/** One kind of load, and what an engine must do under it. */
interface Scenario {
  /** Its name in options. */
  String name();

  /** What it does, in one line. */
  String purpose();

  /**
   * Runs it.
   *
   * @param report gets rows, raw values and failures, also where an exception ends the run early
   */
  void run(Options options, Report report) throws Exception;
}
