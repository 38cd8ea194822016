package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.server.http.Json;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Phrases to be located together.
 *
 * @param options without a deadline
 */
record LocateTask(ServedModel model, List<String> phrases, LocateOptions options)
    implements OneImage.Task<List<Grounding>> {
  /** The options with what is left of the request's time. */
  LocateOptions within(Duration left) {
    return options.toBuilder().deadline(left).build();
  }

  @Override
  public CompletableFuture<List<Grounding>> begin(EncodedImage image, Duration left) {
    return model.engine().locateAsync(image, phrases, within(left));
  }

  @Override
  public ObjectNode write(EncodedImage image, List<Grounding> found) {
    ObjectNode body = OneImage.head("fovea.locate", model, image);
    ArrayNode results = body.putArray("results");
    for (int i = 0; i < phrases.size(); i++) {
      results.add(result(i, found.get(i)));
    }
    body.set("usage", Completion.usage(Usages.sum(found.stream().map(Grounding::usage).toList())));
    return body;
  }

  /** What became of a phrase. */
  ObjectNode result(int index, Grounding found) {
    ObjectNode result =
        Json.object()
            .put("phrase", phrases.get(index))
            .put("text", found.text())
            .put("absent", found.absent());
    @Nullable Double presence = FoundRegion.rounded(found.presence(), 1e4);
    if (presence != null) {
      result.put("presence", presence);
    }
    result.set("regions", Completion.regions(FoundRegion.of(found.regions(), found.imageSize())));
    result.put("finish_reason", Completion.finish(found.finish()));
    result.set("tokens", Json.of(Tokens.of(found.usage())));
    result.set("milliseconds", Json.of(Milliseconds.of(found.timings())));
    return result;
  }
}
