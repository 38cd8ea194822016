package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.EncodedImage;
import io.fovea.server.http.Call;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What endpoints about one picture share. */
final class OneImage {
  private static final long MOST_MILLIS = Duration.ofDays(1).toMillis();

  private OneImage() {}

  /** The client's own deadline, or null. */
  static @Nullable Duration deadline(Fields fields) {
    Long millis = fields.integer("deadline_ms", 1, MOST_MILLIS);
    return millis == null ? null : Duration.ofMillis(millis);
  }

  /** The beginning of an answer. */
  static ObjectNode head(String object, ServedModel model, EncodedImage image) {
    ObjectNode body = Json.object().put("object", object).put("model", model.name());
    body.set("image", Completion.image(image.size()));
    return body;
  }

  /**
   * Asks about a picture once it is encoded, and closes it; ends the work where the client goes.
   *
   * @param ask begins the work
   * @param write the answer from its result
   */
  static <T> CompletableFuture<Reply> answer(
      Call call,
      CompletableFuture<EncodedImage> encoded,
      Function<EncodedImage, CompletableFuture<T>> ask,
      BiFunction<EncodedImage, T, ObjectNode> write) {
    return encoded.thenCompose(
        image -> {
          CompletableFuture<T> work;
          try {
            work = ask.apply(image);
          } catch (RuntimeException e) {
            image.close();
            throw e;
          }
          call.connection().onClosed(() -> work.cancel(false));
          return work.<Reply>thenApply(result -> Reply.json(write.apply(image, result)))
              .whenComplete((reply, error) -> image.close());
        });
  }
}
