package io.fovea.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.Consumer;

/** What a request is answered with. */
public sealed interface Reply {
  /** JSON in UTF-8. */
  record Json(int status, JsonNode body) implements Reply {}

  /** A body of any type. */
  record Content(int status, String contentType, byte[] body, Map<String, String> headers)
      implements Reply {}

  /**
   * Server-sent events.
   *
   * @param start called once the head is written
   */
  record Events(Consumer<EventStream> start) implements Reply {}

  /** JSON with status 200. */
  static Reply json(JsonNode body) {
    return new Json(200, body);
  }
}
