package io.fovea.server.api;

import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.EventStream;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reply that comes in events. The stream opens with the first of them or a sign of life; what
 * goes wrong before is an ordinary error, and afterwards an event.
 */
final class EventReply {
  private static final Logger LOG = LoggerFactory.getLogger(EventReply.class);

  private final Call call;
  private final IntSupplier waiting;
  private final List<String> first;
  private final CompletableFuture<Reply> reply = new CompletableFuture<>();
  private final CompletableFuture<EventStream> opened = new CompletableFuture<>();
  private CompletableFuture<EventStream> sent = opened; // guarded by this
  private volatile boolean generating;

  /**
   * @param waiting how many requests wait for the model
   * @param first events that open the stream
   */
  EventReply(Call call, IntSupplier waiting, List<String> first) {
    this.call = call;
    this.waiting = waiting;
    this.first = first;
  }

  /**
   * The reply.
   *
   * @param heartbeat between signs of life from now on
   */
  CompletableFuture<Reply> reply(Duration heartbeat) {
    call.connection().every(heartbeat, this::alive);
    return reply;
  }

  /** The pictures are encoded. */
  void generating() {
    generating = true;
  }

  /** Says that somebody is still at work, and how many requests wait for the model. */
  private void alive() {
    String state =
        Json.line(
            Json.object()
                .put("state", generating ? "generating" : "encoding")
                .put("waiting", waiting.getAsInt()));
    send(stream -> stream.comment(state));
  }

  /**
   * Sends an event.
   *
   * @param next called once there is room for more
   */
  void data(String event, Runnable next) {
    send(stream -> stream.data(event, next));
  }

  /** Sends the last events, and that they are. */
  void done(List<String> last) {
    send(
        stream -> {
          last.forEach(event -> stream.data(event, () -> {}));
          stream.data("[DONE]", () -> {});
          stream.end();
        });
  }

  /** Does something with the stream, opened if need be; not where the request has failed. */
  private void send(Consumer<EventStream> action) {
    reply.complete(new Reply.Events(this::open));
    later(action);
  }

  /** Does something with the stream once it is open, after all that came before. */
  private synchronized void later(Consumer<EventStream> action) {
    sent =
        sent.thenApply(
            stream -> {
              action.accept(stream);
              return stream;
            });
  }

  private void open(EventStream stream) {
    first.forEach(event -> stream.data(event, () -> {}));
    opened.complete(stream);
  }

  /** The request has failed. */
  void fail(Throwable error) {
    ApiException failure = Failures.of(error);
    if (reply.completeExceptionally(failure) || reply.isCompletedExceptionally()) {
      return;
    }
    if (failure.status() == 500) {
      LOG.error("{} failed", call.id(), error);
    }
    later(
        stream -> {
          stream.data(Json.line(Json.error(failure)), () -> {});
          stream.end();
        });
  }
}
