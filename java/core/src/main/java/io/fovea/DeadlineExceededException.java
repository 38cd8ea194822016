package io.fovea;

/** The request's deadline passed before it was finished. The text made so far is kept. */
public final class DeadlineExceededException extends FoveaException {
  private static final long serialVersionUID = 1;

  private final String partialText;

  public DeadlineExceededException(String message, String partialText) {
    super(message);
    this.partialText = partialText;
  }

  /** The text generated before the request ended; empty when there was none. */
  public String partialText() {
    return partialText;
  }
}
