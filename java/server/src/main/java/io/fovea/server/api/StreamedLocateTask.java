package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Phrases to be located at the same time, each told as soon as its boxes are known; in the end all
 * of them.
 */
record StreamedLocateTask(LocateTask task, EventReply events, Duration heartbeat)
    implements OneImage.Task<List<Grounding>> {
  /** All of them or, as soon as one has failed, its error; the others end then. */
  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // all of them complete the result
  public CompletableFuture<List<Grounding>> begin(EncodedImage image, Duration left) {
    events.generating();
    List<CompletableFuture<Grounding>> begun = beginEach(image, task.within(left));
    CompletableFuture<List<Grounding>> all = new CompletableFuture<>();
    all.whenComplete((found, error) -> cancel(begun)); // nothing, where they have ended
    List<CompletableFuture<Grounding>> told = new ArrayList<>();
    for (int i = 0; i < begun.size(); i++) {
      int index = i;
      told.add(begun.get(i).whenComplete((found, error) -> tell(image, index, found, error, all)));
    }
    CompletableFuture.allOf(told.toArray(CompletableFuture[]::new))
        .thenRun(() -> all.complete(told.stream().map(CompletableFuture::join).toList()));
    return all;
  }

  private List<CompletableFuture<Grounding>> beginEach(EncodedImage image, LocateOptions options) {
    List<CompletableFuture<Grounding>> begun = new ArrayList<>();
    try {
      for (String phrase : task.phrases()) {
        begun.add(task.model().engine().locateAsync(image, phrase, options));
      }
    } catch (RuntimeException e) {
      cancel(begun);
      throw e;
    }
    return begun;
  }

  private static void cancel(List<CompletableFuture<Grounding>> begun) {
    begun.forEach(each -> each.cancel(false));
  }

  private void tell(
      EncodedImage image,
      int index,
      @Nullable Grounding found,
      @Nullable Throwable error,
      CompletableFuture<List<Grounding>> all) {
    if (found == null) {
      all.completeExceptionally(Objects.requireNonNull(error));
      return;
    }
    ObjectNode event = OneImage.head("fovea.locate.chunk", task.model(), image).put("index", index);
    event.set("result", task.result(index, found));
    events.data(Json.line(event), () -> {});
  }

  @Override
  public ObjectNode write(EncodedImage image, List<Grounding> found) {
    return task.write(image, found);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // it completes the reply
  public CompletableFuture<Reply> send(CompletableFuture<ObjectNode> answer) {
    answer.whenComplete(
        (body, error) -> {
          if (error == null) {
            events.done(List.of(Json.line(body)));
          } else {
            events.fail(error);
          }
        });
    return events.reply(heartbeat);
  }
}
