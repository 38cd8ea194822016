package io.fovea.tools.pickle;

/** Why a pickle is refused; {@link Unpickler} adds file and place. */
final class PickleException extends Exception {
  private static final long serialVersionUID = 1;

  PickleException(String problem) {
    super(problem);
  }
}
