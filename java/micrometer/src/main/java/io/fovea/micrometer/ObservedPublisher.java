package io.fovea.micrometer;

import static java.util.Objects.requireNonNull;

import io.fovea.engine.TokenEvent;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Observes each subscription: that is when a request begins. */
final class ObservedPublisher implements Flow.Publisher<TokenEvent> {
  private final Flow.Publisher<TokenEvent> publisher;
  private final Supplier<Inference> begin;

  ObservedPublisher(Flow.Publisher<TokenEvent> publisher, Supplier<Inference> begin) {
    this.publisher = publisher;
    this.begin = begin;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super TokenEvent> subscriber) {
    requireNonNull(subscriber, "subscriber");
    Inference inference = begin.get();
    inference.call(
        () -> {
          publisher.subscribe(new Relay(subscriber, inference));
          return inference;
        });
  }

  /** Passes everything on, and notes the end. */
  private static final class Relay implements Flow.Subscriber<TokenEvent>, Flow.Subscription {
    private final Flow.Subscriber<? super TokenEvent> subscriber;
    private final Inference inference;
    private Flow.@Nullable Subscription upstream;

    Relay(Flow.Subscriber<? super TokenEvent> subscriber, Inference inference) {
      this.subscriber = subscriber;
      this.inference = inference;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      upstream = subscription;
      subscriber.onSubscribe(this);
    }

    @Override
    public void onNext(TokenEvent event) {
      if (event instanceof TokenEvent.Done done) {
        inference.streamed(done.answer());
      }
      try {
        subscriber.onNext(event);
      } catch (RuntimeException | Error e) { // it gets no more
        inference.fail(e);
        throw e;
      }
    }

    @Override
    public void onError(Throwable error) {
      inference.fail(error);
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
      inference.cancelled();
      requireNonNull(upstream).cancel();
    }
  }
}
