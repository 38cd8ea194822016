package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.Caption;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.GenerationOptions;
import io.fovea.server.http.Call;
import io.fovea.server.http.Endpoint;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.picture.Pictures;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code POST /v1/caption}: a description with boxes. */
public final class CaptionEndpoint implements Endpoint {
  private final ServedModels models;
  private final Pictures pictures;

  /** Over these models. */
  public CaptionEndpoint(ServedModels models, Pictures pictures) {
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
    GenerationOptions options = ChatCall.options(fields);
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
                .captionAsync(
                    image,
                    options.toBuilder().deadline(encoding.left()).caller(call.caller()).build()),
        (image, caption) -> reply(model, image, caption));
  }

  private static ObjectNode reply(ServedModel model, EncodedImage image, Caption caption) {
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
