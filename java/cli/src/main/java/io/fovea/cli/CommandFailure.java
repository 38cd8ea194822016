package io.fovea.cli;

import org.jspecify.annotations.Nullable;

/**
 * A failure of the command line's own: a file that cannot be written, a data set that is damaged.
 */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  CommandFailure(String problem, String remedy) {
    this(problem, remedy, null);
  }

  CommandFailure(String problem, String remedy, @Nullable Throwable cause) {
    super(problem + "; " + remedy, cause);
  }
}
