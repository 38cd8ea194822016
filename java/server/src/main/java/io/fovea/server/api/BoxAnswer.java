package io.fovea.server.api;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import io.fovea.engine.Answer;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FinishReason;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.grounding.BoxSchema;
import io.fovea.grounding.Region;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A chat answer in the form of a JSON schema: the phrases of the last message, located.
 *
 * @param phrases what the schema allows as labels
 */
record BoxAnswer(BoxSchema schema, List<String> phrases) {
  /**
   * What a request asks for; null where that is free text.
   *
   * @throws ApiException where it cannot be answered in the schema's form
   */
  static @Nullable BoxAnswer of(ChatCall chat) {
    BoxSchema schema = chat.schema();
    if (schema == null) {
      return null;
    }
    List<String> phrases = phrases(chat);
    if (chat.conversation().pictures().size() != 1) {
      throw ApiException.invalid(
          "invalid_messages", "messages", "boxes by a schema are of one picture; show one");
    }
    try {
      schema.requireLocatable(phrases);
    } catch (InvalidRequestException e) {
      throw ApiException.invalid("unsupported_schema", "response_format", e.getMessage() + "");
    }
    return new BoxAnswer(schema, phrases);
  }

  /** Begins to locate; the reader gets the JSON as one text. */
  @SuppressWarnings("FutureReturnValueIgnored") // its failures go to the reader
  void begin(
      Call call,
      ServedModel model,
      EncodedImage image,
      GenerationOptions options,
      AnswerReader reader) {
    ImageSize size = image.size();
    LocateOptions locate =
        LocateOptions.builder().deadline(options.deadline()).caller(options.caller()).build();
    CompletableFuture<List<Grounding>> found = model.engine().locateAsync(image, phrases, locate);
    call.connection().onClosed(() -> found.cancel(false));
    found
        .thenAccept(
            groundings -> {
              List<Region> regions =
                  groundings.stream().flatMap(each -> each.regions().stream()).toList();
              reader.complete(schema.write(regions, size), answer(groundings, regions));
            })
        .whenComplete(
            (none, error) -> {
              if (error != null) {
                reader.onError(error);
              }
            });
  }

  private static List<String> phrases(ChatCall chat) {
    boolean plain =
        chat.task() == ChatCall.Task.CHAT
            && !chat.logprobs()
            && chat.options().equals(GenerationOptions.defaults()) // nothing is drawn or cut off
            && chat.conversation().history().isEmpty();
    if (!plain) {
      throw ApiException.invalid(
          "unsupported_value",
          "response_format",
          "boxes by a schema go with one message alone; leave fovea.task, logprobs, stop, sampling"
              + " and limits of tokens out");
    }
    List<String> phrases =
        chat.conversation()
            .query()
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    if (phrases.isEmpty()) {
      throw ApiException.invalid(
          "invalid_messages",
          "messages",
          "the message names nothing to look for; give a phrase a line");
    }
    return phrases;
  }

  /** What all of them took together. */
  private static Answer answer(List<Grounding> groundings, List<Region> regions) {
    boolean cut = groundings.stream().anyMatch(each -> each.finish() == FinishReason.LENGTH);
    Grounding last = groundings.get(groundings.size() - 1);
    return Answer.builder()
        .regions(regions)
        .finish(cut ? FinishReason.LENGTH : FinishReason.STOP)
        .usage(Usages.sum(groundings.stream().map(Grounding::usage).toList()))
        .timings(last.timings())
        .build();
  }
}
