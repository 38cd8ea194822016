package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.EncodedImage;
import io.fovea.server.http.Call;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.picture.Pictures;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What endpoints about one picture share: how they read, encode, ask and answer. */
final class OneImage {
  private static final long MOST_MILLIS = Duration.ofDays(1).toMillis();

  /**
   * What a request asks about its picture.
   *
   * @param <T> what the engine answers
   */
  interface Task<T> {
    /**
     * Begins the work.
     *
     * @param left of the request's time
     */
    CompletableFuture<T> begin(EncodedImage image, Duration left);

    /** The answer from the work's result. */
    ObjectNode write(EncodedImage image, T result);

    /** Sends the answer. */
    default CompletableFuture<Reply> send(CompletableFuture<ObjectNode> answer) {
      return answer.thenApply(Reply::json);
    }
  }

  private final ServedModels models;
  private final Pictures pictures;

  OneImage(ServedModels models, Pictures pictures) {
    this.models = models;
    this.pictures = pictures;
  }

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
   * Answers a request; ends its work where the client goes.
   *
   * @param read makes the task from the fields that only it has
   */
  <T> CompletableFuture<Reply> answer(
      Call call, Bodies.Input input, BiFunction<Fields, ServedModel, Task<T>> read) {
    Fields fields = input.fields();
    Duration deadline = deadline(fields);
    ServedModel model = models.find(fields.text("model"));
    Task<T> task = read.apply(fields, model);
    Encoding encoding = new Encoding(call, model, pictures, deadline);
    CompletableFuture<byte[]> file = encoding.file(input);
    fields.done();
    return task.send(
        encoding.one(file).thenCompose(image -> work(call, task, image, encoding::left)));
  }

  /** Works on a picture and closes it. */
  private static <T> CompletableFuture<ObjectNode> work(
      Call call, Task<T> task, EncodedImage image, Supplier<Duration> left) {
    CompletableFuture<T> work;
    try {
      work = task.begin(image, left.get());
    } catch (RuntimeException e) {
      image.close();
      throw e;
    }
    call.connection().onClosed(() -> work.cancel(false));
    return work.thenApply(result -> task.write(image, result))
        .whenComplete((answer, error) -> image.close());
  }
}
