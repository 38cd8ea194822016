package io.fovea.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.fovea.engine.TokenEvent;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes an answer on to a handler as it comes, and its end: once, and nothing after that. */
final class AnswerRelay implements Flow.Subscriber<TokenEvent>, StreamingHandle {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerRelay.class);

  private final StreamingChatResponseHandler handler;
  private final Responses responses;
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean cancelled;
  private volatile boolean ended;

  AnswerRelay(StreamingChatResponseHandler handler, Responses responses) {
    this.handler = handler;
    this.responses = responses;
  }

  @Override
  public void onSubscribe(Flow.Subscription begun) {
    subscription = begun;
    begun.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(TokenEvent event) {
    if (cancelled || ended) {
      return;
    }
    try {
      if (event instanceof TokenEvent.Done done) {
        complete(responses.of(done.answer()));
      } else if (!event.text().isEmpty()) {
        part(event.text());
      }
    } catch (RuntimeException | Error e) {
      endRequest();
      onError(e);
    }
  }

  /** Passes on a response that came at once. */
  void whole(ChatResponse response) {
    part(response.aiMessage().text());
    if (!cancelled) {
      complete(response);
    }
  }

  private void part(String text) {
    handler.onPartialResponse(new PartialResponse(text), new PartialResponseContext(this));
  }

  private void complete(ChatResponse response) {
    ended = true;
    try {
      handler.onCompleteResponse(response);
    } catch (RuntimeException e) {
      tell(e);
    }
  }

  @Override
  public void onError(Throwable failure) {
    if (!cancelled && !ended) {
      ended = true;
      tell(Failures.translate(failure));
    }
  }

  private void tell(Throwable failure) {
    try {
      handler.onError(failure);
    } catch (RuntimeException e) {
      LOG.warn("a handler threw while it was told of an error", e);
    }
  }

  @Override
  public void onComplete() {} // Done came before

  @Override
  public void cancel() {
    cancelled = true;
    endRequest();
  }

  private void endRequest() {
    Flow.Subscription begun = subscription;
    if (begun != null) {
      begun.cancel();
    }
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }
}
