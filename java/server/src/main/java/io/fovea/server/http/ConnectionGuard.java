package io.fovea.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;

/** Closes a connection on which no request arrives in time. On the event loop. */
final class ConnectionGuard {
  private static final long NONE = -1;

  private final Vertx vertx;
  private final HttpConnection connection;
  private long timer = NONE;

  ConnectionGuard(Vertx vertx, HttpConnection connection) {
    this.vertx = vertx;
    this.connection = connection;
  }

  /** The head of a request must be there by then. */
  void within(Duration time) {
    stop();
    timer = vertx.setTimer(time.toMillis(), id -> connection.close());
  }

  /** It is there. */
  void stop() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }
}
