package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.Answer;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.TokenEvent;
import io.fovea.grounding.GroundedText;
import io.fovea.grounding.GroundingStream;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.EventStream;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.wire.FoundRegion;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer that is sent as it is generated. The stream opens with the first token or sign of life;
 * what goes wrong before is an ordinary error, and afterwards an event.
 */
final class StreamedAnswer extends AnswerReader {
  private static final Logger LOG = LoggerFactory.getLogger(StreamedAnswer.class);

  private final ChatCall chat;
  private final ServedModel model;
  private final Completion completion;
  private final CompletableFuture<Reply> reply;
  private final CompletableFuture<EventStream> opened = new CompletableFuture<>();
  private @Nullable GroundingStream boxes;
  private volatile boolean generating;

  StreamedAnswer(
      Call call,
      ChatCall chat,
      ServedModel model,
      Completion completion,
      CompletableFuture<Reply> reply) {
    super(call);
    this.chat = chat;
    this.model = model;
    this.completion = completion;
    this.reply = reply;
  }

  @Override
  void lookingAt(List<EncodedImage> images) {
    super.lookingAt(images);
    generating = true;
    boxes = size() == null ? null : model.dialect().stream(frame());
  }

  /** Says that somebody is still at work, and how many requests wait for the model. */
  void alive() {
    String state =
        Json.line(
            Json.object()
                .put("state", generating ? "generating" : "encoding")
                .put("waiting", model.engine().stats().waiting()));
    send(stream -> stream.comment(state));
  }

  /** Does something with the stream, opened if need be; not where the request has failed. */
  @SuppressWarnings("FutureReturnValueIgnored") // nothing comes of it
  private void send(java.util.function.Consumer<EventStream> action) {
    reply.complete(new Reply.Events(this::open));
    opened.thenAccept(action);
  }

  private void open(EventStream stream) {
    ObjectNode delta = Json.object().put("role", "assistant").put("content", "");
    stream.data(completion.chunk(delta, null, null, null), () -> {});
    opened.complete(stream);
  }

  @Override
  void token(TokenEvent.Token token) {
    ObjectNode grounding = boxes == null ? null : grounding(boxes, boxes.feed(token.text()));
    if (token.text().isEmpty() && grounding == null && !chat.logprobs()) {
      next();
      return;
    }
    ObjectNode delta = Json.object().put("content", token.text());
    String chunk = completion.chunk(delta, grounding, chat.logprobs() ? token : null, null);
    send(stream -> stream.data(chunk, this::next));
  }

  /** What became certain; null where nothing did. */
  private @Nullable ObjectNode grounding(
      GroundingStream stream, GroundingStream.Released released) {
    if (released.text().isEmpty() && released.regions().isEmpty()) {
      return null;
    }
    ObjectNode node = Json.object().put("plain_text", released.text());
    if (!released.regions().isEmpty() && size() != null) {
      GroundedText soFar = stream.soFar();
      node.set(
          "regions", Completion.regions(FoundRegion.inText(released.regions(), soFar, size())));
    }
    return node;
  }

  @Override
  void complete(Answer answer) {
    ObjectNode grounding = boxes == null ? null : grounding(boxes, boxes.finish());
    end(grounding, answer);
  }

  @Override
  void complete(String content, Answer answer) {
    ObjectNode grounding = Json.object();
    if (size() != null) {
      grounding.set("regions", Completion.regions(FoundRegion.of(answer.regions(), size())));
    }
    String chunk = completion.chunk(Json.object().put("content", content), grounding, null, null);
    send(stream -> stream.data(chunk, () -> end(null, answer)));
  }

  private void end(@Nullable ObjectNode grounding, Answer answer) {
    ObjectNode last = Completion.cost(answer);
    if (grounding != null) {
      last.setAll(grounding);
    }
    if (size() != null) {
      last.set("image", Completion.image(size()));
    }
    String chunk = completion.chunk(Json.object(), last, null, answer.finish());
    send(
        stream -> {
          stream.data(chunk, () -> {});
          if (chat.includeUsage()) {
            stream.data(completion.usageChunk(answer.usage()), () -> {});
          }
          stream.data("[DONE]", () -> {});
          stream.end();
        });
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nothing comes of it
  public void onError(Throwable error) {
    ApiException failure = Failures.of(error);
    if (reply.completeExceptionally(failure) || reply.isCompletedExceptionally()) {
      return;
    }
    if (failure.status() == 500) {
      LOG.error("{} failed", call().id(), error);
    }
    opened.thenAccept(
        stream -> {
          stream.data(Json.line(Json.error(failure)), () -> {});
          stream.end();
        });
  }
}
