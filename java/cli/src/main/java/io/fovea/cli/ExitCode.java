package io.fovea.cli;

/** What {@code fovea} returns to the shell. */
final class ExitCode {
  /** Done. */
  static final int OK = 0;

  /** Something failed; one line on standard error says what. */
  static final int FAILED = 1;

  /** The command line is wrong; one line on standard error says where. */
  static final int USAGE = 2;

  /** Done, but at least one phrase got no box. */
  static final int NOTHING_FOUND = 3;

  private ExitCode() {}
}
