package io.fovea;

/** The engine takes no more requests now: its queue is full, or it is closing. */
public final class RequestRejectedException extends FoveaException {
  private static final long serialVersionUID = 1;

  public RequestRejectedException(String problem, String remedy) {
    super(problem + "; " + remedy);
  }
}
