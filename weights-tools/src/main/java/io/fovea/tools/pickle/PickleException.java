package io.fovea.tools.pickle;

/** Why a pickle is refused; {@link Unpickler} adds file and place. */
class PickleException extends Exception {
  private static final long serialVersionUID = 1;

  PickleException(String problem) {
    super(problem);
  }

  /** Of a pickle that holds quantised weights as objects of another program. */
  static final class Quantized extends PickleException {
    private static final long serialVersionUID = 1;

    private final String title;

    /**
     * @param title the scheme's name for people
     * @param name the class that shows it
     */
    Quantized(String title, String name) {
      super(name);
      this.title = title;
    }

    String title() {
      return title;
    }
  }
}
