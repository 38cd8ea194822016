package io.fovea.server.http;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.function.Consumer;

/** Events of one response, written on its event loop. */
final class Sse implements EventStream {
  private static final long NONE = -1;

  private final Vertx vertx;
  private final Context context;
  private final HttpServerResponse response;
  private final Duration patience;
  private final Runnable stalled;
  private final Consumer<Future<Void>> ended;
  private long timer = NONE; // runs while the client reads nothing

  /**
   * @param patience how long the client may leave what is written unread
   * @param stalled called when it did
   * @param ended given the end, which is still being written
   */
  Sse(
      Vertx vertx,
      Context context,
      HttpServerResponse response,
      Duration patience,
      Runnable stalled,
      Consumer<Future<Void>> ended) {
    this.vertx = vertx;
    this.context = context;
    this.response = response;
    this.patience = patience;
    this.stalled = stalled;
    this.ended = ended;
  }

  @Override
  public void data(String data, Runnable next) {
    context.runOnContext(
        now -> {
          if (!isOpen()) {
            return;
          }
          response.write("data: " + data + "\n\n");
          if (!response.writeQueueFull()) {
            next.run();
            return;
          }
          stopTimer();
          timer = vertx.setTimer(patience.toMillis(), id -> stalled.run());
          response.drainHandler(
              drained -> {
                stopTimer();
                next.run();
              });
        });
  }

  @Override
  public void comment(String text) {
    context.runOnContext(
        now -> {
          if (isOpen() && !response.writeQueueFull()) { // who reads nothing needs no sign of life
            response.write(": " + text + "\n\n");
          }
        });
  }

  private void stopTimer() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }

  @Override
  public void end() {
    context.runOnContext(
        now -> {
          stopTimer(); // the connection may bring another request
          if (isOpen()) {
            ended.accept(response.end());
          }
        });
  }

  private boolean isOpen() {
    return !response.ended() && !response.closed();
  }
}
