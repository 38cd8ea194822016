package io.fovea.micrometer;

import io.fovea.engine.Answer;
import io.fovea.engine.TokenEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** Asks for so many events; the last one is the answer. */
final class AnswerSubscriber implements Flow.Subscriber<TokenEvent> {
  final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  final CompletableFuture<TokenEvent> first = new CompletableFuture<>();
  final CompletableFuture<Answer> answer = new CompletableFuture<>();
  private final long events;

  AnswerSubscriber(long events) {
    this.events = events;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription.complete(given);
    given.request(events);
  }

  @Override
  public void onNext(TokenEvent event) {
    first.complete(event);
    if (event instanceof TokenEvent.Done done) {
      answer.complete(done.answer());
    }
  }

  @Override
  public void onError(Throwable error) {
    answer.completeExceptionally(error);
  }

  @Override
  public void onComplete() {}
}
