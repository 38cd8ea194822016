package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.Answer;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.TokenEvent;
import io.fovea.grounding.GroundedText;
import io.fovea.grounding.GroundingStream;
import io.fovea.server.http.Call;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.wire.FoundRegion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An answer that is sent as it is generated. */
final class StreamedAnswer extends AnswerReader {
  private final ChatCall chat;
  private final ServedModel model;
  private final Completion completion;
  private final EventReply events;
  private @Nullable GroundingStream boxes;

  StreamedAnswer(Call call, ChatCall chat, ServedModel model, Completion completion) {
    super(call);
    this.chat = chat;
    this.model = model;
    this.completion = completion;
    ObjectNode opening = Json.object().put("role", "assistant").put("content", "");
    events =
        new EventReply(
            call,
            () -> model.engine().stats().waiting(),
            List.of(completion.chunk(opening, null, null, null)));
  }

  @Override
  CompletableFuture<Reply> reply(Duration heartbeat) {
    return events.reply(heartbeat);
  }

  @Override
  void lookingAt(List<EncodedImage> images) {
    super.lookingAt(images);
    events.generating();
    boxes = size() == null ? null : model.dialect().stream(frame());
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
    events.data(chunk, this::next);
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
    events.data(chunk, () -> end(null, answer));
  }

  private void end(@Nullable ObjectNode grounding, Answer answer) {
    ObjectNode last = Completion.cost(answer);
    if (grounding != null) {
      last.setAll(grounding);
    }
    if (size() != null) {
      last.set("image", Completion.image(size()));
    }
    List<String> chunks = new ArrayList<>();
    chunks.add(completion.chunk(Json.object(), last, null, answer.finish()));
    if (chat.includeUsage()) {
      chunks.add(completion.usageChunk(answer.usage()));
    }
    events.done(chunks);
  }

  @Override
  public void onError(Throwable error) {
    events.fail(error);
  }
}
