package io.fovea.server.api;

import io.fovea.server.http.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** Files of the jar. */
final class Assets {
  private Assets() {}

  /** The answer that sends one. */
  static Reply reply(String name, String type, Map<String, String> headers) {
    try (InputStream in = Assets.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return new Reply.Content(200, type, in.readAllBytes(), headers);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
