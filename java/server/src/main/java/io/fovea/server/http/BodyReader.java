package io.fovea.server.http;

import io.fovea.server.ServerSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the body of one request within its limits. On the request's event loop. */
final class BodyReader {
  /** What was read. */
  record Body(String contentType, byte[] bytes) {}

  private final HttpServerRequest request;
  private final ServerSettings settings;
  private final BodyRoom room;
  private final Promise<Body> read = Promise.promise();
  private final Buffer buffer = Buffer.buffer();
  private final String contentType;
  private long taken; // bytes of the room

  BodyReader(HttpServerRequest request, ServerSettings settings, BodyRoom room) {
    this.request = request;
    this.settings = settings;
    this.room = room;
    contentType = withoutParameters(request.getHeader("Content-Type"));
  }

  private static String withoutParameters(@Nullable String header) {
    return header == null ? "" : header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  /** Reads; fails with an {@link ApiException}. The room is the caller's to give back. */
  Future<Body> read(Vertx vertx) {
    try {
      checkHead();
    } catch (ApiException e) {
      return Future.failedFuture(e);
    }
    long timer =
        vertx.setTimer(
            settings.bodyTimeout().toMillis(),
            id ->
                fail(
                    ApiException.refused(
                        408, "request_timeout", null, "the body did not arrive in time")));
    request.exceptionHandler(
        error ->
            fail(
                ApiException.invalid(
                    "invalid_body", null, "the body cannot be read: " + error.getMessage())));
    request.handler(this::accept);
    request.endHandler(end -> finish());
    if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
      request.response().writeContinue();
    }
    return read.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  /** Bytes of the room that the body holds. */
  long taken() {
    return taken;
  }

  private void checkHead() {
    String encoding = request.getHeader("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw ApiException.refused(
          415,
          "unsupported_encoding",
          null,
          "bodies in " + encoding + " are not read; send it as it is");
    }
    String length = request.getHeader("Content-Length"); // the codec has refused what is no number
    if (length != null && Long.parseLong(length) > settings.maxBodyBytes()) {
      throw tooLarge();
    }
  }

  private ApiException tooLarge() {
    return ApiException.refused(
        413,
        "request_too_large",
        null,
        "the body is larger than " + settings.maxBodyBytes() + " bytes; send a smaller picture");
  }

  private void accept(Buffer data) {
    if (read.future().isComplete()) {
      return; // refused: the rest is thrown away
    }
    if (taken + data.length() > settings.maxBodyBytes()) {
      fail(tooLarge());
      return;
    }
    try {
      room.take(data.length()); // as it comes: who only announces a body takes none
      taken += data.length();
    } catch (ApiException e) {
      fail(e);
      return;
    }
    buffer.appendBuffer(data);
  }

  private void finish() {
    read.tryComplete(new Body(contentType, buffer.getBytes()));
  }

  private void fail(ApiException e) {
    read.tryFail(e);
  }
}
