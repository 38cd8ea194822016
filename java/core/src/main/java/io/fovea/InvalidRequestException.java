package io.fovea;

/**
 * The request cannot be served as it stands: an option out of range, a prompt too long, a second
 * image.
 */
public final class InvalidRequestException extends FoveaException {
  private static final long serialVersionUID = 1;

  public InvalidRequestException(String problem, String remedy) {
    super(problem + "; " + remedy);
  }
}
