package io.fovea.spring.ai;

import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import java.util.List;

/** A prompt, read and checked, before any picture is touched. */
record Asked(Conversation conversation, RequestTerms terms) {
  Pictures openPictures(Settings settings) {
    return Pictures.open(settings, conversation.pictures(), terms.encoding());
  }

  /** What the engine is asked, about the pictures opened. */
  ChatRequest toEngine(Pictures pictures) {
    List<EncodedImage> images = pictures.images();
    ChatRequest.Builder request =
        images.isEmpty()
            ? ChatRequest.textOnly(conversation.question())
            : ChatRequest.about(images, conversation.question());
    return request
        .newImages(conversation.newPictures())
        .history(conversation.history())
        .template(terms.template())
        .options(terms.generation())
        .build();
  }
}
