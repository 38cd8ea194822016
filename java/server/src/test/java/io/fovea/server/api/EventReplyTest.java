package io.fovea.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.EventStream;
import io.fovea.server.http.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Replies in events: their order, whenever the stream opens, and errors before and after. */
class EventReplyTest {
  /** Writes down what a client would get. */
  private static final class Recorded implements EventStream {
    final List<String> all = new ArrayList<>();

    @Override
    public void data(String data, Runnable next) {
      all.add(data);
      next.run();
    }

    @Override
    public void comment(String text) {
      all.add(": " + text);
    }

    @Override
    public void end() {
      all.add("end");
    }
  }

  /** A client that stays, and on whose time nothing happens. */
  private static final class Client implements Call.Connection {
    Runnable beat = () -> {};

    @Override
    public void onClosed(Runnable action) {}

    @Override
    public void every(Duration interval, Runnable action) {
      beat = action;
    }

    @Override
    public void takeRoom(long bytes) {}
  }

  private final Client client = new Client();
  private final Recorded stream = new Recorded();
  private final EventReply events =
      new EventReply(
          new Call("test", null, "", "", new byte[0], List.of(), Duration.ofMinutes(1), client),
          () -> 3,
          List.of("first"));
  private final CompletableFuture<Reply> reply = events.reply(Duration.ofSeconds(1));

  private void open() {
    ((Reply.Events) reply.join()).start().accept(stream);
  }

  @Test
  void whatIsSentBeforeItOpensKeepsItsOrder() {
    events.data("a", () -> {});
    events.data("b", () -> {});
    events.done(List.of("c"));
    open();
    assertThat(stream.all).containsExactly("first", "a", "b", "c", "[DONE]", "end");
  }

  @Test
  void signsOfLifeOpenIt() {
    client.beat.run();
    open();
    events.generating();
    client.beat.run();
    assertThat(stream.all)
        .containsExactly(
            "first",
            ": {\"state\":\"encoding\",\"waiting\":3}",
            ": {\"state\":\"generating\",\"waiting\":3}");
  }

  @Test
  void anErrorIsAReplyBeforeTheFirstEvent() {
    events.fail(ApiException.invalid("invalid_request", "phrase", "no"));
    client.beat.run();
    assertThatThrownBy(reply::join).hasRootCauseInstanceOf(ApiException.class);
  }

  @Test
  void anErrorIsTheLastEventAfterwards() {
    events.data("a", () -> {});
    events.fail(ApiException.invalid("invalid_request", "phrase", "no"));
    open();
    assertThat(stream.all).hasSize(4).startsWith("first", "a").endsWith("end");
    assertThat(stream.all.get(2)).contains("\"param\":\"phrase\"");
  }
}
