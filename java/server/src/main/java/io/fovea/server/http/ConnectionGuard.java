package io.fovea.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;

/**
 * Closes a connection on which no request arrives in time. While one is being answered it waits;
 * the next may have come with it. On the event loop.
 */
final class ConnectionGuard {
  private static final long NONE = -1;

  /** Answers on their way to a client; who asks for more before it reads them is cut off. */
  private static final int MOST_OPEN = 4096;

  private final Vertx vertx;
  private final HttpConnection connection;
  private long timer = NONE;
  private int open; // requests

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
  void begun() {
    open++;
    stop();
    if (open > MOST_OPEN) {
      connection.close();
    }
  }

  /**
   * A request was answered.
   *
   * @param idle how long another one may take, where none is there
   */
  void ended(Duration idle) {
    open--;
    if (open == 0) {
      within(idle);
    }
  }

  /** The connection is closed. */
  void stop() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }
}
