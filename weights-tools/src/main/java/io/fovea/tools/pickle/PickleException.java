package io.fovea.tools.pickle;

/** Why a pickle is refused; {@link Unpickler} adds file and place. */
class PickleException extends Exception {
  private static final long serialVersionUID = 1;

  private static final String PLAIN =
      "only plain tensors are read; save a dictionary of them in Python,"
          + " torch.save(model.state_dict(), new_file), or safetensors";

  private final String remedy;

  PickleException(String problem) {
    this(problem, PLAIN);
  }

  /**
   * @param remedy what the user can do
   */
  PickleException(String problem, String remedy) {
    super(problem);
    this.remedy = remedy;
  }

  String remedy() {
    return remedy;
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
