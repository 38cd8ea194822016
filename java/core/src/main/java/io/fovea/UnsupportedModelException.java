package io.fovea;

/** The model directory is sound but describes a model this version does not run. */
public final class UnsupportedModelException extends FoveaException {
  private static final long serialVersionUID = 1;

  public UnsupportedModelException(String problem, String remedy) {
    super(problem + "; " + remedy);
  }
}
