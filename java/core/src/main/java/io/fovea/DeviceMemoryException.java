package io.fovea;

/** The device has no room for what was asked; the message names the bytes wanted and the remedy. */
public final class DeviceMemoryException extends FoveaException {
  private static final long serialVersionUID = 1;

  public DeviceMemoryException(String problem, String remedy) {
    super(problem + "; " + remedy);
  }

  /** Wraps the failure of a part in words of the whole. */
  public DeviceMemoryException(String problem, String remedy, Throwable cause) {
    super(problem + "; " + remedy, cause);
  }
}
