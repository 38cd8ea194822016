package io.fovea.server.http;

import io.fovea.server.ServerSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Reads the body of one request within its limits. On the request's event loop. */
final class BodyReader {
  /** What was read. */
  record Body(String contentType, byte[] bytes) {}

  private final HttpServerRequest request;
  private final ServerSettings settings;
  private final LongConsumer room;
  private final Promise<Body> read = Promise.promise();
  private Buffer buffer = Buffer.buffer(); // let go of once it is copied
  private final String contentType;
  private long arrived; // bytes

  /**
   * @param room takes heap for what has arrived; throws {@link ApiException} where there is none
   */
  BodyReader(HttpServerRequest request, ServerSettings settings, LongConsumer room) {
    this.request = request;
    this.settings = settings;
    this.room = room;
    contentType = withoutParameters(request.getHeader("Content-Type"));
  }

  private static String withoutParameters(@Nullable String header) {
    return header == null ? "" : header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  /** Reads; fails with an {@link ApiException}. */
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

  private void checkHead() {
    String encoding = request.getHeader("Content-Encoding");
    boolean body = request.method().equals(HttpMethod.POST); // none comes with other methods
    if (body && encoding != null && !encoding.equalsIgnoreCase("identity")) {
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
    if (arrived + data.length() > settings.maxBodyBytes()) {
      fail(tooLarge());
      return;
    }
    try {
      room.accept(data.length()); // as it comes: who only announces a body takes none
      arrived += data.length();
    } catch (ApiException e) {
      fail(e);
      return;
    }
    buffer.appendBuffer(data);
  }

  private void finish() {
    read.tryComplete(new Body(contentType, buffer.getBytes()));
    buffer = Buffer.buffer();
  }

  private void fail(ApiException e) {
    read.tryFail(e);
    buffer = Buffer.buffer();
  }
}
