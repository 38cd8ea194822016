package io.fovea.server.http;

import io.fovea.server.ServerSettings;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private final List<Runnable> closing = new ArrayList<>(); // guarded by itself
  private final List<Long> timers = new ArrayList<>();
  private @Nullable BodyReader reader;
  private String route = "none"; // until it is known
  private boolean over; // guarded by closing: ended or closed

  Exchange(HttpFront front, Vertx vertx, HttpServerRequest request) {
    this.front = front;
    this.vertx = vertx;
    this.request = request;
    context = vertx.getOrCreateContext();
    response = request.response();
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
    response.endHandler(end -> over(/* complete= */ true));
    response.closeHandler(close -> over(/* complete= */ false));
    response.exceptionHandler(error -> {}); // its end is told, too
    try {
      String origin = request.getHeader("Origin");
      setHeaders(origin);
      front.gate().require(request.getHeader("Host"), origin);
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
    response.setStatusCode(204).end();
  }

  private void read(Routes.Found found, @Nullable String caller) {
    BodyReader body = new BodyReader(request, settings(), front.room());
    reader = body;
    body.read(vertx)
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
            context.runOnContext(now -> send(reply));
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
    if (response.headWritten()) { // a stream whose end does not come
      abort();
      return;
    }
    sendError(ApiException.failed(504, "timeout", "there was no answer in time", null));
    endWork(); // nobody waits for it
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
    send(new Reply.Json(e.status(), Json.error(e)));
  }

  private void send(Reply reply) {
    if (response.headWritten() || response.closed()) {
      return;
    }
    if (reply instanceof Reply.Json json) {
      byte[] body = Json.line(json.body()).getBytes(StandardCharsets.UTF_8);
      send(json.status(), "application/json", body, Map.of("Cache-Control", "no-store"));
    } else if (reply instanceof Reply.Content content) {
      send(content.status(), content.contentType(), content.body(), content.headers());
    } else {
      stream((Reply.Events) reply);
    }
  }

  private void send(int status, String type, byte[] body, Map<String, String> headers) {
    response.setStatusCode(status);
    headers.forEach(response::putHeader);
    response.putHeader("Content-Type", type);
    response.putHeader("Content-Length", Integer.toString(body.length));
    timers.add(vertx.setTimer(settings().writeTimeout().toMillis(), timer -> abort()));
    if (request.method().equals(HttpMethod.HEAD)) {
      response.end();
    } else {
      response.end(io.vertx.core.buffer.Buffer.buffer(body));
    }
  }

  private void stream(Reply.Events events) {
    response.setStatusCode(200).setChunked(true);
    response.putHeader("Content-Type", "text/event-stream; charset=utf-8");
    response.putHeader("Cache-Control", "no-store");
    response.putHeader("X-Accel-Buffering", "no"); // nginx would collect the events
    response.writeHead();
    events
        .start()
        .accept(new Sse(vertx, context, response, settings().writeTimeout(), this::abort));
  }

  private void abort() {
    request.connection().close();
  }

  @Override
  public void onClosed(Runnable action) {
    synchronized (closing) {
      if (!over) {
        closing.add(action);
        return;
      }
    }
    action.run();
  }

  @Override
  public void every(Duration interval, Runnable action) {
    context.runOnContext(
        now -> {
          if (!isOver()) {
            timers.add(vertx.setPeriodic(interval.toMillis(), timer -> action.run()));
          }
        });
  }

  private boolean isOver() {
    synchronized (closing) {
      return over;
    }
  }

  /** Ends what still works for the answer. */
  private void endWork() {
    List<Runnable> actions;
    synchronized (closing) {
      actions = List.copyOf(closing);
      closing.clear();
    }
    actions.forEach(front.workers()::execute);
  }

  private void over(boolean complete) {
    synchronized (closing) {
      if (over) {
        return;
      }
      over = true;
    }
    timers.forEach(vertx::cancelTimer);
    if (reader != null) {
      front.room().give(reader.taken());
    }
    endWork();
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
