package io.fovea;

/** A native call failed in a way no caller can mend; the message is the backend's own. */
public final class NativeFaultException extends FoveaException {
  private static final long serialVersionUID = 1;

  public NativeFaultException(String message) {
    super(message);
  }

  /**
   * @param cause of which {@code message} tells
   */
  public NativeFaultException(String message, Throwable cause) {
    super(message, cause);
  }
}
