package io.fovea;

import org.jspecify.annotations.Nullable;

/** A picture cannot be read: damaged, of an unknown format, or larger than the limits allow. */
public final class ImageException extends FoveaException {
  private static final long serialVersionUID = 1;

  /**
   * @param source the file or a description of where the bytes came from
   * @param problem what is wrong with them
   * @param remedy what the caller can do
   */
  public ImageException(String source, String problem, String remedy) {
    this(source, problem, remedy, null);
  }

  public ImageException(String source, String problem, String remedy, @Nullable Throwable cause) {
    super(source + ": " + problem + "; " + remedy, cause);
  }
}
