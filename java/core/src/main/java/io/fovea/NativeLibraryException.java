package io.fovea;

import org.jspecify.annotations.Nullable;

/** The native library cannot be found, is not the one this build expects, or will not load. */
public final class NativeLibraryException extends FoveaException {
  private static final long serialVersionUID = 1;

  public NativeLibraryException(String problem, String remedy, @Nullable Throwable cause) {
    super(problem + "; " + remedy, cause);
  }
}
