package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An answer of its own for each subscriber, begun when it subscribes. */
final class AnswerPublisher implements Flow.Publisher<TokenEvent> {
  /** Begins a request whose tokens go to a listener; may throw. */
  interface Start extends Function<Consumer<TokenEvent.Token>, GenerateWork> {}

  private final Executor executor;
  private final int mostTokens;
  private final Start start;

  /**
   * @param executor where subscribers are called
   * @param mostTokens of an answer; all of them have room, so the engine never waits
   */
  AnswerPublisher(Executor executor, int mostTokens, Start start) {
    this.executor = new Handover(executor);
    this.mostTokens = mostTokens;
    this.start = start;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // its failures go to the subscriber
  public void subscribe(Flow.Subscriber<? super TokenEvent> subscriber) {
    SubmissionPublisher<TokenEvent> events = new SubmissionPublisher<>(executor, mostTokens + 1);
    Relay relay = new Relay(requireNonNull(subscriber, "subscriber"));
    events.subscribe(relay);
    GenerateWork work;
    try {
      work = start.apply(events::submit);
    } catch (RuntimeException e) {
      events.closeExceptionally(e);
      return;
    }
    relay.follow(work);
    work.result()
        .whenComplete(
            (answer, error) -> {
              if (error == null) {
                events.submit(new TokenEvent.Done(answer));
                events.close();
              } else {
                events.closeExceptionally(error);
              }
            });
  }

  /** Passes everything on, and ends the request where the subscriber wants no more. */
  private static final class Relay implements Flow.Subscriber<TokenEvent>, Flow.Subscription {
    private final Flow.Subscriber<? super TokenEvent> subscriber;
    private Flow.@Nullable Subscription upstream;
    private volatile @Nullable GenerateWork work;
    private volatile boolean cancelled;

    Relay(Flow.Subscriber<? super TokenEvent> subscriber) {
      this.subscriber = subscriber;
    }

    void follow(GenerateWork followed) {
      work = followed;
      if (cancelled) { // before it began
        followed.cancel();
      }
    }

    private void cancelWork() {
      cancelled = true;
      GenerateWork begun = work;
      if (begun != null) {
        begun.cancel();
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      upstream = subscription;
      subscriber.onSubscribe(this);
    }

    @Override
    public void onNext(TokenEvent event) {
      try {
        subscriber.onNext(event);
      } catch (RuntimeException | Error e) { // it breaks the rules: no more for it
        cancelWork();
        throw e;
      }
    }

    @Override
    public void onError(Throwable error) {
      cancelWork(); // it may be about the subscriber's own requests
      subscriber.onError(error);
    }

    @Override
    public void onComplete() {
      subscriber.onComplete();
    }

    @Override
    public void request(long count) {
      requireNonNull(upstream).request(count);
    }

    @Override
    public void cancel() {
      requireNonNull(upstream).cancel();
      cancelWork();
    }
  }
}
