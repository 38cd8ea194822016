package io.fovea.chat;

import java.net.URI;

/**
 * Gets the pictures that messages name by address. Which addresses may be asked, how large an
 * answer may be and how long it may take is for the application to say: adapters have none by
 * default.
 */
@FunctionalInterface
public interface ImageFetcher {
  /**
   * The bytes of a JPEG, PNG, GIF, BMP, WebP or TIFF file.
   *
   * @param url as the message has it
   */
  byte[] fetch(URI url);
}
