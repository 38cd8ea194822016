package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.Caption;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.GenerationOptions;
import io.fovea.server.http.Json;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A picture to be described.
 *
 * @param options without a deadline
 */
record CaptionTask(ServedModel model, GenerationOptions options) implements OneImage.Task<Caption> {
  @Override
  public CompletableFuture<Caption> begin(EncodedImage image, Duration left) {
    return model.engine().captionAsync(image, options.toBuilder().deadline(left).build());
  }

  @Override
  public ObjectNode write(EncodedImage image, Caption caption) {
    ObjectNode body =
        OneImage.head("fovea.caption", model, image)
            .put("text", caption.text())
            .put("plain_text", caption.plainText());
    body.set("regions", Completion.regions(FoundRegion.inCaption(caption, image.size())));
    body.put("finish_reason", Completion.finish(caption.finish()));
    body.set("tokens", Json.of(Tokens.of(caption.usage())));
    body.set("milliseconds", Json.of(Milliseconds.of(caption.timings())));
    return body;
  }
}
