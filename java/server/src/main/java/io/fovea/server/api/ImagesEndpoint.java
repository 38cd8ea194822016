package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.engine.EncodedImage;
import io.fovea.server.http.Call;
import io.fovea.server.http.Json;
import io.fovea.server.http.Reply;
import io.fovea.server.http.Routes;
import io.fovea.server.picture.PictureStore;
import io.fovea.server.picture.Pictures;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code /v1/images}: pictures that are uploaded once and asked about often. */
public final class ImagesEndpoint {
  private static final String PATH = "/v1/images";

  private final ServedModels models;
  private final Pictures pictures;

  /** Over these models. */
  public ImagesEndpoint(ServedModels models, Pictures pictures) {
    this.models = models;
    this.pictures = pictures;
  }

  /** Adds its methods. */
  public void addTo(Routes routes) {
    routes.add("POST", PATH, this::upload);
    routes.add("GET", PATH + "/{id}", this::look);
    routes.add("DELETE", PATH + "/{id}", this::delete);
  }

  private CompletionStage<Reply> upload(Call call) {
    return upload(call, Bodies.input(call));
  }

  /** Encodes the picture, so that one that cannot be read is refused now; then keeps it. */
  CompletionStage<Reply> upload(Call call, Bodies.Input input) {
    Fields fields = input.fields();
    ServedModel model = models.find(fields.text("model"));
    Encoding encoding = new Encoding(call, model, pictures, OneImage.deadline(fields));
    CompletableFuture<byte[]> file = encoding.file(input);
    fields.done();
    return file.thenCompose(
        bytes ->
            encoding
                .one(file)
                .thenApply(
                    image -> {
                      try (EncodedImage closed = image) {
                        return stored(
                            201,
                            (ObjectNode) Completion.image(closed.size()),
                            pictures.store().put(bytes, call.caller()));
                      }
                    }));
  }

  private static Reply stored(int status, ObjectNode body, PictureStore.Stored stored) {
    return new Reply.Json(
        status,
        body.put("id", stored.id())
            .put("object", "fovea.image")
            .put("bytes", stored.file().length)
            .put("created_at", stored.created().getEpochSecond())
            .put("expires_at", stored.expires().getEpochSecond()));
  }

  private CompletionStage<Reply> look(Call call) {
    return CompletableFuture.completedFuture(
        stored(200, Json.object(), pictures.store().get(call.argument(), call.caller(), null)));
  }

  private CompletionStage<Reply> delete(Call call) {
    pictures.store().remove(call.argument(), call.caller());
    return CompletableFuture.completedFuture(
        Reply.json(
            Json.object()
                .put("id", call.argument())
                .put("object", "fovea.image")
                .put("deleted", true)));
  }
}
