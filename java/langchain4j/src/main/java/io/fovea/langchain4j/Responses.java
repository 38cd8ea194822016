package io.fovea.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.engine.Answer;
import io.fovea.engine.FinishReason;
import io.fovea.engine.Usage;
import io.fovea.grounding.Region;
import java.util.List;

/** The engine's answers as LangChain4j's responses. */
record Responses(String modelName) {
  /**
   * The response of a whole answer.
   *
   * @throws io.fovea.FoveaException for one cut short, as the engine's waiting calls do
   */
  ChatResponse of(Answer answer) {
    switch (answer.finish()) {
      case DEADLINE ->
          throw new DeadlineExceededException(
              "the deadline passed; allow more time or fewer tokens", answer.text());
      case CANCELLED ->
          throw new GenerationCancelledException("the engine was closed", answer.text());
      case STOP, STOP_SEQUENCE, LENGTH -> {}
    }
    return of(
        answer.text(),
        metadata(answer.regions(), answer.finish(), answer.usage())
            .timings(answer.timings())
            .seed(answer.seed()));
  }

  ChatResponse of(String text, FoveaChatResponseMetadata.Builder metadata) {
    return ChatResponse.builder()
        .aiMessage(AiMessage.from(text))
        .metadata(metadata.build())
        .build();
  }

  FoveaChatResponseMetadata.Builder metadata(
      List<Region> regions, FinishReason finish, Usage usage) {
    return FoveaChatResponseMetadata.builder(modelName)
        .regions(regions)
        .finish(finish)
        .usage(usage);
  }
}
