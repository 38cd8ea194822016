package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.Answer;
import io.fovea.engine.TokenEvent;
import io.fovea.grounding.GroundedText;
import io.fovea.server.http.Call;
import io.fovea.server.http.Reply;
import io.fovea.server.wire.FoundRegion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An answer that is sent once it is complete. */
final class WholeAnswer extends AnswerReader {
  private final ServedModel model;
  private final Completion completion;
  private final CompletableFuture<Reply> reply = new CompletableFuture<>();
  private final @Nullable List<TokenEvent.Token> tokens;

  WholeAnswer(Call call, ChatCall chat, ServedModel model, Completion completion) {
    super(call);
    this.model = model;
    this.completion = completion;
    tokens = chat.logprobs() ? new ArrayList<>() : null;
  }

  @Override
  CompletableFuture<Reply> reply(Duration heartbeat) {
    return reply;
  }

  @Override
  void token(TokenEvent.Token token) {
    if (tokens != null) {
      tokens.add(token);
    }
    next();
  }

  @Override
  void complete(Answer answer) {
    ObjectNode grounding = Completion.cost(answer);
    if (size() != null) {
      GroundedText parsed = model.dialect().parse(answer.text(), frame());
      grounding.put("plain_text", parsed.plainText());
      grounding.set(
          "regions", Completion.regions(FoundRegion.inText(answer.regions(), parsed, size())));
      grounding.set("image", Completion.image(size()));
    }
    send(answer.text(), answer, grounding);
  }

  @Override
  void complete(String content, Answer answer) {
    ObjectNode grounding = Completion.cost(answer);
    if (size() != null) {
      grounding.set("regions", Completion.regions(FoundRegion.of(answer.regions(), size())));
      grounding.set("image", Completion.image(size()));
    }
    send(content, answer, grounding);
  }

  private void send(String content, Answer answer, ObjectNode grounding) {
    reply.complete(Reply.json(completion.whole(content, answer, grounding, tokens)));
  }

  @Override
  public void onError(Throwable error) {
    reply.completeExceptionally(Failures.of(error));
  }
}
