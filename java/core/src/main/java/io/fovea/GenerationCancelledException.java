package io.fovea;

/**
 * The caller cancelled the request, or its thread was interrupted. The text made so far is kept.
 */
public final class GenerationCancelledException extends FoveaException {
  private static final long serialVersionUID = 1;

  private final String partialText;

  public GenerationCancelledException(String message, String partialText) {
    super(message);
    this.partialText = partialText;
  }

  /** The text generated before the request ended; empty when there was none. */
  public String partialText() {
    return partialText;
  }
}
