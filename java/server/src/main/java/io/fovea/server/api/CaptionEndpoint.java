package io.fovea.server.api;

import io.fovea.server.http.Call;
import io.fovea.server.http.Endpoint;
import io.fovea.server.http.Reply;
import io.fovea.server.picture.Pictures;
import java.util.concurrent.CompletionStage;

/** {@code POST /v1/caption}: a description with boxes. */
public final class CaptionEndpoint implements Endpoint {
  private final OneImage image;

  /** Over these models. */
  public CaptionEndpoint(ServedModels models, Pictures pictures) {
    image = new OneImage(models, pictures);
  }

  @Override
  public CompletionStage<Reply> answer(Call call) {
    return answer(call, Bodies.input(call));
  }

  /** What it answers to a body that has been read. */
  CompletionStage<Reply> answer(Call call, Bodies.Input input) {
    return image.answer(
        call,
        input,
        (fields, model) ->
            new CaptionTask(
                model, ChatCall.options(fields).toBuilder().caller(call.caller()).build()));
  }
}
