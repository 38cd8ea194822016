package io.fovea.image;

import javax.imageio.IIOException;

/** A file that ends too early, in words for people. */
final class TruncatedException extends IIOException {
  private static final long serialVersionUID = 1;

  /**
   * An exception for a file.
   *
   * @param what is missing, or where it ends
   */
  TruncatedException(String what) {
    super("the file is truncated: " + what);
  }
}
