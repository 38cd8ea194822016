package io.fovea.spring.ai;

import io.fovea.InvalidRequestException;
import io.fovea.chat.Conversation;
import io.fovea.chat.OpenPictures;
import io.fovea.chat.PictureFiles;
import io.fovea.chat.RequestTerms;
import io.fovea.engine.ChatRequest;
import io.fovea.prompt.PromptTemplate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.content.Media;

/**
 * A prompt, read and checked, before any picture is touched.
 *
 * @param template null for the model's own
 */
record Asked(
    Conversation<Media> conversation, @Nullable PromptTemplate template, RequestTerms terms) {
  /**
   * Reads a prompt.
   *
   * @throws InvalidRequestException for what the engine has not
   */
  static Asked of(List<Message> messages, FoveaChatOptions options, String modelName) {
    refuse(options.getFrequencyPenalty(), "frequencyPenalty");
    refuse(options.getPresencePenalty(), "presencePenalty");
    if (!modelName.equals(options.getModel())) {
      throw new InvalidRequestException(
          "the model asked for is '" + options.getModel() + "', this one is '" + modelName + "'",
          "leave it out, or ask a model built over the other engine");
    }
    return new Asked(
        Messages.read(messages).requireQuestion(), options.getPromptTemplate(), terms(options));
  }

  private static void refuse(@Nullable Double penalty, String name) {
    if (penalty != null && penalty != 0) {
      throw new InvalidRequestException(
          name + " is " + penalty + ", which Fovea's models have not", "leave it out");
    }
  }

  private static RequestTerms terms(FoveaChatOptions options) {
    return RequestTerms.builder()
        .temperature(options.getTemperature())
        .topP(options.getTopP())
        .topK(options.getTopK())
        .seed(options.getSeed())
        .stop(options.getStopSequences())
        .maxNewTokens(options.getMaxTokens())
        .priority(options.getPriority())
        .caller(options.getCaller())
        .deadline(options.getDeadline())
        .build();
  }

  OpenPictures openPictures(Settings settings) {
    PictureFiles files = new PictureFiles(settings.imageFetcher());
    return OpenPictures.open(
        settings.engine(),
        settings.imageCache(),
        conversation.pictures(),
        media ->
            media.getData() instanceof byte[] file ? file : files.at(media.getData().toString()),
        terms.encoding());
  }

  /** What the engine is asked, about the pictures opened. */
  ChatRequest toEngine(OpenPictures pictures) {
    return conversation.request(pictures.images(), template, terms.generation());
  }
}
