package io.fovea.model;

/**
 * What an encoder makes, on its way: of a picture its {@link ImageFeatures}, of a whole source its
 * {@link CrossContext}. It is cut into slices of about a layer each, so that other work gets its
 * turn between them. Used by one thread at a time, the one that uses the ops.
 *
 * @param <R> what comes of it
 */
public interface Encoding<R> extends AutoCloseable {
  /** How many slices it takes. */
  int slices();

  /** How many of them have run. */
  int done();

  /**
   * Runs the next slice, in a frame of its own. One that fails closes the encoding.
   *
   * @return whether any are left
   * @throws io.fovea.DeviceMemoryException where the device has no memory left for it
   * @throws IllegalStateException where none is left, or after {@link #close}
   */
  boolean advance();

  /**
   * What came of it, once.
   *
   * @return owned by the caller
   * @throws IllegalStateException where slices are left, after {@link #close}, or the second time
   */
  R result();

  /**
   * Runs all slices that are left and closes the encoding.
   *
   * @return owned by the caller
   */
  default R complete() {
    try (Encoding<R> all = this) {
      boolean more = done() < slices();
      while (more) {
        more = all.advance();
      }
      return all.result();
    }
  }

  /** Ends it after any slice and frees what is not handed out; closing twice is harmless. */
  @Override
  void close();
}
