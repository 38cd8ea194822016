package io.fovea.server.http;

import io.fovea.server.ServerSettings;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. All of it runs on the connection's event loop but for the endpoint,
 * which a worker calls.
 */
final class Exchange implements Call.Connection {
  private static final Logger LOG = LoggerFactory.getLogger("io.fovea.server.requests");
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final byte[] NOTHING = {};
  private static final Duration GRACE =
      Duration.ofSeconds(5); // for an answer that is being written
  private static final long LINGER_MILLIS = 1000; // for a client that still sends what nobody wants

  private final HttpFront front;
  private final Vertx vertx;
  private final Context context;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final String id;
  private final long begun = System.nanoTime();
  private final RequestScope scope;
  private final List<Long> timers = new ArrayList<>();
  private final ResponseWriter writer;
  private String route = "none"; // until it is known

  Exchange(HttpFront front, Vertx vertx, HttpServerRequest request) {
    this.front = front;
    this.vertx = vertx;
    this.request = request;
    context = vertx.getOrCreateContext();
    response = request.response();
    scope = new RequestScope(front.room(), front.workers());
    writer = new ResponseWriter(vertx, context, request, front.settings(), scope::take, this::over);
    String given = request.getHeader("X-Request-Id");
    id =
        given != null && REQUEST_ID.matcher(given).matches()
            ? given
            : "req-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
  }

  private ServerSettings settings() {
    return front.settings();
  }

  /** Reads the request and has it answered. */
  void begin() {
    response.closeHandler(close -> over(/* complete= */ false));
    response.exceptionHandler(error -> {}); // its end is told, too
    try {
      String origin = request.getHeader("Origin");
      setHeaders(origin);
      String host = Gate.host(request.uri(), request.headers().getAll("Host"));
      front.gate().require(host, origin);
      if (request.method().equals(HttpMethod.OPTIONS)) {
        allow();
        return;
      }
      Routes.Found found = front.routes().find(request.method().name(), path());
      route = found.route().path();
      String caller =
          found.route().keyed() ? front.gate().caller(request.getHeader("Authorization")) : null;
      front.requireOpen(found.route());
      if (hasBody() && !found.route().method().equals("POST")) {
        throw ApiException.invalid("invalid_body", null, "this takes no body; send none");
      }
      read(found, caller);
    } catch (ApiException e) {
      refuse(e);
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private String path() {
    String path = request.path();
    return path == null ? "" : path;
  }

  private void setHeaders(@Nullable String origin) {
    response.putHeader("X-Request-Id", id);
    response.putHeader("X-Content-Type-Options", "nosniff");
    if (origin != null && front.gate().allows(origin)) {
      response.putHeader("Access-Control-Allow-Origin", origin);
      response.putHeader("Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
      response.putHeader("Vary", "Origin");
    }
  }

  /** Tells what a path takes; also before a page of another origin calls. */
  private void allow() {
    String methods = front.routes().allowed(path());
    if (methods != null) {
      response.putHeader("Allow", methods);
      response.putHeader("Access-Control-Allow-Methods", methods);
      String wanted = request.getHeader("Access-Control-Request-Headers");
      response.putHeader(
          "Access-Control-Allow-Headers",
          wanted == null ? "Authorization, Content-Type, X-Request-Id" : wanted);
      response.putHeader("Access-Control-Max-Age", "600");
    }
    writer.writeEmpty(204);
  }

  private void read(Routes.Found found, @Nullable String caller) {
    new BodyReader(request, settings(), scope::take)
        .read(vertx)
        .onSuccess(
            read -> {
              timers.add(
                  vertx.setTimer(
                      settings().requestTimeout().plus(GRACE).toMillis(), timer -> answerLate()));
              front.workers().execute(() -> answer(found, caller, read));
            })
        .onFailure(error -> refuse(front.failures().apply(error)));
  }

  /** On a worker. */
  @SuppressWarnings("FutureReturnValueIgnored") // it is what answers
  private void answer(Routes.Found found, @Nullable String caller, BodyReader.Body body) {
    CompletionStage<Reply> answer;
    try {
      boolean form = body.contentType().equals("multipart/form-data");
      Call call =
          new Call(
              id,
              caller,
              found.argument(),
              body.contentType(),
              form ? NOTHING : body.bytes(),
              form ? Forms.parts(request.getHeader("Content-Type"), body.bytes()) : List.of(),
              settings().requestTimeout(),
              this);
      answer = found.route().endpoint().answer(call);
    } catch (RuntimeException | Error e) {
      fail(e);
      return;
    }
    answer.whenComplete(
        (reply, error) -> {
          if (error != null) {
            fail(
                error instanceof CompletionException && error.getCause() != null
                    ? error.getCause()
                    : error);
          } else {
            context.runOnContext(now -> writer.write(reply));
          }
        });
  }

  private void fail(Throwable error) {
    ApiException failure = front.failures().apply(error);
    if (failure.status() == 500) {
      LOG.error("{} {} failed", id, route, error);
    }
    context.runOnContext(now -> sendError(failure));
  }

  private void answerLate() {
    if (writer.hasBegun()) { // a stream whose end does not come
      writer.abort();
      return;
    }
    sendError(ApiException.failed(504, "timeout", "there was no answer in time", null));
    scope.endWork(); // nobody waits for it
  }

  /** Answers while the body may still be coming: it is thrown away, then the connection closed. */
  private void refuse(ApiException e) {
    if (hasBody() && !request.isEnded()) {
      response.putHeader("Connection", "close");
      request.handler(rest -> {});
      request.exceptionHandler(error -> {});
      vertx.setTimer(LINGER_MILLIS, timer -> request.connection().close());
    }
    sendError(e);
  }

  private boolean hasBody() {
    String length = request.getHeader("Content-Length");
    return request.headers().contains("Transfer-Encoding")
        || (length != null && !length.equals("0"));
  }

  private void sendError(ApiException e) {
    if (e.retryAfter() != null) {
      long seconds = Math.max(1, (e.retryAfter().toMillis() + 999) / 1000);
      response.putHeader("Retry-After", Long.toString(seconds));
    }
    String allowed = e.status() == 405 ? front.routes().allowed(path()) : null;
    if (allowed != null) {
      response.putHeader("Allow", allowed);
    }
    if (e.status() == 401) {
      response.putHeader("WWW-Authenticate", "Bearer");
    }
    writer.write(new Reply.Json(e.status(), Json.error(e)));
  }

  @Override
  public void onClosed(Runnable action) {
    scope.onEnd(action);
  }

  @Override
  public void takeRoom(long bytes) {
    scope.take(bytes);
  }

  @Override
  public void every(Duration interval, Runnable action) {
    context.runOnContext(
        now -> {
          if (!scope.isOver()) {
            timers.add(vertx.setPeriodic(interval.toMillis(), timer -> action.run()));
          }
        });
  }

  private void over(boolean complete) {
    if (!scope.end()) {
      return;
    }
    timers.forEach(vertx::cancelTimer);
    int status = complete ? response.getStatusCode() : 499;
    long nanos = System.nanoTime() - begun;
    front.ended(this, request.method().name(), route, status, nanos);
    LOG.info(
        "{} {} {} {} {} ms", id, request.method(), route, status, Math.round(nanos / 1e5) / 10.0);
  }

  /** The connection that it came by. */
  io.vertx.core.http.HttpConnection connection() {
    return request.connection();
  }
}
