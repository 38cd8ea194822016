package io.fovea.model;

/**
 * A picture on its way to {@link ImageFeatures}, cut into slices of about a layer each, so that
 * other work gets its turn between them. Used by one thread at a time, the one that uses the ops.
 */
public interface ImageEncoding extends AutoCloseable {
  /** How many slices the picture takes. */
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
   * The picture's features, once.
   *
   * @return owned by the caller
   * @throws IllegalStateException where slices are left, after {@link #close}, or the second time
   */
  ImageFeatures result();

  /** Ends it after any slice and frees what is not handed out; closing twice is harmless. */
  @Override
  void close();
}
