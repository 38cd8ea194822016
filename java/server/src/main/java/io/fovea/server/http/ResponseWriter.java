package io.fovea.server.http;

import io.fovea.server.ServerSettings;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Writes the answer of one request, on its event loop. An answer is over when its last byte has
 * gone to the network; a client that leaves it unread for too long is cut off.
 */
final class ResponseWriter {
  private final Vertx vertx;
  private final Context context;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final ServerSettings settings;
  private final LongConsumer room;
  private final Consumer<Boolean> over;

  /**
   * @param room takes heap for bytes to be written; throws {@link ApiException} where there is none
   * @param over told once or more often when nothing more comes: whether the answer is complete
   */
  ResponseWriter(
      Vertx vertx,
      Context context,
      HttpServerRequest request,
      ServerSettings settings,
      LongConsumer room,
      Consumer<Boolean> over) {
    this.vertx = vertx;
    this.context = context;
    this.request = request;
    response = request.response();
    this.settings = settings;
    this.room = room;
    this.over = over;
  }

  /** Whether an answer has begun, so that no other can be given. */
  boolean hasBegun() {
    return response.headWritten() || response.closed();
  }

  /** Writes an answer; nothing where one has begun. */
  void write(Reply reply) {
    if (hasBegun()) {
      return;
    }
    if (reply instanceof Reply.Json json) {
      byte[] body = Json.line(json.body()).getBytes(StandardCharsets.UTF_8);
      write(json.status(), "application/json", body, Map.of("Cache-Control", "no-store"));
    } else if (reply instanceof Reply.Content content) {
      write(content.status(), content.contentType(), content.body(), content.headers());
    } else {
      stream((Reply.Events) reply);
    }
  }

  private void write(int status, String type, byte[] body, Map<String, String> headers) {
    response.setStatusCode(status);
    headers.forEach(response::putHeader);
    response.putHeader("Content-Type", type);
    response.putHeader("Content-Length", Integer.toString(body.length));
    if (request.method().equals(HttpMethod.HEAD)) {
      finish(response.end());
      return;
    }
    try {
      room.accept(body.length);
    } catch (ApiException e) { // many answers are unread: there is no room to say so either
      abort();
      return;
    }
    finish(response.end(Buffer.buffer(body)));
  }

  /** An answer without a body. */
  void writeEmpty(int status) {
    finish(response.setStatusCode(status).end());
  }

  private void finish(Future<Void> written) {
    long timer = vertx.setTimer(settings.writeTimeout().toMillis(), id -> abort());
    written.onComplete(
        done -> {
          vertx.cancelTimer(timer);
          over.accept(done.succeeded());
        });
  }

  private void stream(Reply.Events events) {
    response.setStatusCode(200).setChunked(true);
    response.putHeader("Content-Type", "text/event-stream; charset=utf-8");
    response.putHeader("Cache-Control", "no-store");
    response.putHeader("X-Accel-Buffering", "no"); // nginx would collect the events
    response.writeHead();
    events
        .start()
        .accept(
            new Sse(
                vertx,
                context,
                response,
                settings.writeTimeout(),
                /* stalled= */ this::abort,
                /* ended= */ this::finish));
  }

  /** Closes the connection, whatever is under way on it. */
  void abort() {
    request.connection().close();
  }
}
