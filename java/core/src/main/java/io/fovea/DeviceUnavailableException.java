package io.fovea;

/** The device asked for by name is not there; nothing else was tried in its place. */
public final class DeviceUnavailableException extends FoveaException {
  private static final long serialVersionUID = 1;

  public DeviceUnavailableException(String problem, String remedy) {
    super(problem + "; " + remedy);
  }
}
