package io.fovea.server.api;

import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.GenerationOptions;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.Endpoint;
import io.fovea.server.http.Reply;
import io.fovea.server.picture.Pictures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}. */
public final class ChatEndpoint implements Endpoint {
  private final ServedModels models;
  private final Pictures pictures;
  private final Duration heartbeat;

  /**
   * @param heartbeat between signs of life in a stream
   */
  public ChatEndpoint(ServedModels models, Pictures pictures, Duration heartbeat) {
    this.models = models;
    this.pictures = pictures;
    this.heartbeat = heartbeat;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // it completes the reply
  public CompletionStage<Reply> answer(Call call) {
    ChatCall chat = ChatCall.of(Bodies.json(call));
    ServedModel model = models.find(chat.model());
    BoxAnswer boxes = BoxAnswer.of(chat);
    Encoding encoding = new Encoding(call, model, pictures, chat.deadline());
    Completion completion = new Completion(model.name());
    AnswerReader reader =
        chat.stream()
            ? new StreamedAnswer(call, chat, model, completion)
            : new WholeAnswer(call, chat, model, completion);
    encoding
        .all(chat.conversation().pictures())
        .whenComplete(
            (images, error) -> {
              if (error == null) {
                begin(call, chat, boxes, model, encoding, images, reader);
              } else {
                reader.onError(error);
              }
            });
    return reader.reply(heartbeat);
  }

  /** Begins the answer; what runs has claims of its own on the pictures. */
  private static void begin(
      Call call,
      ChatCall chat,
      @Nullable BoxAnswer boxes,
      ServedModel model,
      Encoding encoding,
      List<EncodedImage> images,
      AnswerReader reader) {
    try {
      GenerationOptions options =
          chat.options().toBuilder().deadline(encoding.left()).caller(call.caller()).build();
      reader.lookingAt(images);
      if (boxes != null) {
        boxes.begin(call, model, images.get(0), options, reader);
      } else {
        model.engine().publish(request(chat, model, images, options)).subscribe(reader);
      }
    } catch (RuntimeException e) {
      reader.onError(e);
    } finally {
      images.forEach(EncodedImage::close);
    }
  }

  private static ChatRequest request(
      ChatCall chat, ServedModel model, List<EncodedImage> images, GenerationOptions options) {
    ChatCall.Conversation said = chat.conversation();
    if (chat.task() != ChatCall.Task.CHAT && !said.history().isEmpty()) {
      throw ApiException.invalid(
          "invalid_messages",
          "messages",
          "this task takes one message; leave fovea.task out for a conversation");
    }
    return switch (chat.task()) {
      case ASK -> model.engine().askRequest(images, said.query(), options);
      case CAPTION -> caption(said, model, images, options);
      case CHAT ->
          (images.isEmpty()
                  ? ChatRequest.textOnly(said.query())
                  : ChatRequest.about(images, said.query()).newImages(said.newPictures()))
              .history(said.history())
              .options(options)
              .build();
    };
  }

  private static ChatRequest caption(
      ChatCall.Conversation said,
      ServedModel model,
      List<EncodedImage> images,
      GenerationOptions options) {
    if (images.size() != 1 || !said.query().isBlank()) {
      throw ApiException.invalid(
          "invalid_messages", "messages", "a caption takes one picture and no text");
    }
    return model.engine().captionRequest(images.get(0), options);
  }
}
