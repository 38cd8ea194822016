package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.InvalidRequestException;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.PresenceCheck;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.Endpoint;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.picture.Pictures;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/locate}: boxes of phrases. */
public final class LocateEndpoint implements Endpoint {
  private static final int MOST_PHRASES = 64;
  private static final int MOST_BOXES = 64;

  private final ServedModels models;
  private final Pictures pictures;

  /** Over these models. */
  public LocateEndpoint(ServedModels models, Pictures pictures) {
    this.models = models;
    this.pictures = pictures;
  }

  @Override
  public CompletionStage<Reply> answer(Call call) {
    return answer(call, Bodies.input(call));
  }

  /** What it answers to a body that has been read. */
  CompletionStage<Reply> answer(Call call, Bodies.Input input) {
    Fields fields = input.fields();
    List<String> phrases = phrases(fields);
    LocateOptions.Builder options = options(fields);
    Duration deadline = OneImage.deadline(fields);
    ServedModel model = models.find(fields.text("model"));
    Encoding encoding = new Encoding(call, model, pictures, deadline);
    CompletableFuture<byte[]> file = encoding.file(input);
    fields.done();
    return OneImage.answer(
        call,
        encoding.one(file),
        image ->
            model
                .engine()
                .locateAsync(
                    image,
                    phrases,
                    options.deadline(encoding.left()).caller(call.caller()).build()),
        (image, found) -> reply(model, phrases, image, found));
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

  private static LocateOptions.Builder options(Fields fields) {
    LocateOptions.Builder options =
        LocateOptions.builder()
            .presence(
                PresenceCheck.valueOf(
                    fields
                        .word("presence", List.of("require", "report", "skip"))
                        .toUpperCase(Locale.ROOT)))
            .leastPresence(fields.number("least_presence", 0, 1))
            .prompt(fields.text("prompt"));
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

  private static ObjectNode reply(
      ServedModel model, List<String> phrases, EncodedImage image, List<Grounding> found) {
    ObjectNode body = OneImage.head("fovea.locate", model, image);
    ArrayNode results = body.putArray("results");
    for (int i = 0; i < phrases.size(); i++) {
      Grounding grounding = found.get(i);
      ObjectNode result =
          results
              .addObject()
              .put("phrase", phrases.get(i))
              .put("text", grounding.text())
              .put("absent", grounding.absent());
      @Nullable Double presence = FoundRegion.rounded(grounding.presence(), 1e4);
      if (presence != null) {
        result.put("presence", presence);
      }
      result.set("regions", Completion.regions(FoundRegion.of(grounding.regions(), image.size())));
      result.put("finish_reason", Completion.finish(grounding.finish()));
      result.set("tokens", Json.of(Tokens.of(grounding.usage())));
      result.set("milliseconds", Json.of(Milliseconds.of(grounding.timings())));
    }
    return body;
  }
}
