package io.fovea.server.api;

import io.fovea.InvalidRequestException;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.PresenceCheck;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.Endpoint;
import io.fovea.server.http.Reply;
import io.fovea.server.picture.Pictures;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;

/** {@code POST /v1/locate}: boxes of phrases. */
public final class LocateEndpoint implements Endpoint {
  private static final int MOST_PHRASES = 64;
  private static final int MOST_BOXES = 64;

  private final OneImage image;
  private final Duration heartbeat;

  /**
   * @param heartbeat between signs of life in a stream
   */
  public LocateEndpoint(ServedModels models, Pictures pictures, Duration heartbeat) {
    image = new OneImage(models, pictures);
    this.heartbeat = heartbeat;
  }

  @Override
  public CompletionStage<Reply> answer(Call call) {
    return answer(call, Bodies.input(call));
  }

  /** What it answers to a body that has been read. */
  CompletionStage<Reply> answer(Call call, Bodies.Input input) {
    return image.answer(call, input, (fields, model) -> task(call, fields, model));
  }

  private OneImage.Task<List<Grounding>> task(Call call, Fields fields, ServedModel model) {
    List<String> phrases = phrases(fields);
    LocateOptions options = options(fields, phrases.size()).caller(call.caller()).build();
    LocateTask task = new LocateTask(model, phrases, options);
    return fields.flag("stream")
        ? new StreamedLocateTask(
            task,
            new EventReply(call, () -> model.engine().stats().waiting(), List.of()),
            heartbeat)
        : task;
  }

  private static List<String> phrases(Fields fields) {
    List<String> one = fields.texts("phrase", MOST_PHRASES);
    List<String> several = fields.texts("phrases", MOST_PHRASES);
    if (one.isEmpty() == several.isEmpty()) {
      throw ApiException.invalid(
          "missing_field", "phrases", "give phrase, or phrases with one at least, and not both");
    }
    return one.isEmpty() ? several : one;
  }

  private static LocateOptions.Builder options(Fields fields, int phrases) {
    String prompt = fields.text("prompt");
    if (prompt != null && phrases > 1) {
      throw ApiException.invalid(
          "invalid_request",
          "prompt",
          "prompt is one for " + phrases + " phrases; leave it out, or ask one by one");
    }
    LocateOptions.Builder options =
        LocateOptions.builder()
            .presence(
                PresenceCheck.valueOf(
                    fields
                        .word("presence", List.of("require", "report", "skip"))
                        .toUpperCase(Locale.ROOT)))
            .leastPresence(fields.number("least_presence", 0, 1))
            .prompt(prompt);
    Long boxes = fields.integer("max_boxes", 1, MOST_BOXES);
    if (boxes != null) {
      options.maxBoxes(boxes.intValue());
    }
    try {
      options.build();
    } catch (InvalidRequestException e) { // what does not go together
      throw ApiException.invalid("invalid_request", "least_presence", e.getMessage() + "");
    }
    return options;
  }
}
