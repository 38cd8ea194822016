package io.fovea;

/** The engine takes no requests any more: it was closed, or is shutting down. */
public final class EngineClosedException extends FoveaException {
  private static final long serialVersionUID = 1;

  /** Names the problem and what to do about it. */
  public EngineClosedException(String problem, String remedy) {
    super(problem + "; " + remedy);
  }
}
