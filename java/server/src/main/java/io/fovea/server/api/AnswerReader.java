package io.fovea.server.api;

import io.fovea.ImageSize;
import io.fovea.engine.Answer;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FinishReason;
import io.fovea.engine.TokenEvent;
import io.fovea.grounding.Frame;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Reads an answer token by token, as fast as its client takes it; ends it where that goes. */
abstract class AnswerReader implements Flow.Subscriber<TokenEvent> {
  private final Call call;
  private volatile Flow.@Nullable Subscription subscription;
  private @Nullable ImageSize size;

  AnswerReader(Call call) {
    this.call = call;
  }

  /**
   * What comes of it.
   *
   * @param heartbeat between signs of life, in answers that have them
   */
  abstract CompletableFuture<Reply> reply(Duration heartbeat);

  /** The pictures that are asked about, before the answer begins. */
  void lookingAt(List<EncodedImage> images) {
    size = images.isEmpty() ? null : images.get(images.size() - 1).size();
  }

  /** Of the last picture, which boxes are on; null where there is none. */
  final @Nullable ImageSize size() {
    return size;
  }

  /** What boxes refer to. */
  final Frame frame() {
    return size == null ? Frame.unknown() : Frame.of(size);
  }

  final Call call() {
    return call;
  }

  @Override
  public final void onSubscribe(Flow.Subscription begun) {
    subscription = begun;
    call.connection().onClosed(begun::cancel);
    begun.request(1);
  }

  /** Wants the next token. */
  final void next() {
    Objects.requireNonNull(subscription).request(1);
  }

  @Override
  public final void onNext(TokenEvent event) {
    if (event instanceof TokenEvent.Token token) {
      token(token);
    } else {
      done(((TokenEvent.Done) event).answer());
    }
  }

  private void done(Answer answer) {
    if (answer.finish() == FinishReason.DEADLINE) {
      onError(ApiException.failed(504, "timeout", "there was no whole answer in time", null));
    } else if (answer.finish() == FinishReason.CANCELLED) {
      onError(
          ApiException.later(
              503, "shutting_down", "the answer was cut short; ask again", Duration.ofSeconds(1)));
    } else {
      complete(answer);
    }
  }

  /** Takes a token, and says {@link #next} once there is room for another. */
  abstract void token(TokenEvent.Token token);

  /** The answer is complete. */
  abstract void complete(Answer answer);

  /** An answer whose text is not the model's own: made of boxes. */
  abstract void complete(String content, Answer answer);

  @Override
  public final void onComplete() {} // the last event said so
}
