package io.fovea.spring.ai;

import io.fovea.DeadlineExceededException;
import io.fovea.GenerationCancelledException;
import io.fovea.engine.Answer;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.Usage;
import java.util.List;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** The engine's answers as Spring AI's responses. */
record Responses(String modelName) {
  ChatResponse whole(Answer answer) {
    return response(answer, answer.text());
  }

  /** A part of a streamed answer; the last one has no text, but all that is known at the end. */
  ChatResponse part(TokenEvent event) {
    if (event instanceof TokenEvent.Done done) {
      return response(done.answer(), "");
    }
    return new ChatResponse(
        List.of(new Generation(new AssistantMessage(event.text()))),
        ChatResponseMetadata.builder().model(modelName).build());
  }

  /**
   * The response of a whole answer.
   *
   * @throws io.fovea.FoveaException for one cut short, as the engine's waiting calls do
   */
  private ChatResponse response(Answer answer, String text) {
    String finish =
        switch (answer.finish()) {
          case STOP, STOP_SEQUENCE -> "STOP";
          case LENGTH -> "LENGTH";
          case DEADLINE ->
              throw new DeadlineExceededException(
                  "the deadline passed; allow more time or fewer tokens", answer.text());
          case CANCELLED ->
              throw new GenerationCancelledException("the engine was closed", answer.text());
        };
    ChatGenerationMetadata.Builder generation =
        ChatGenerationMetadata.builder()
            .finishReason(finish)
            .metadata(FoveaChatModel.REGIONS, answer.regions())
            .metadata(FoveaChatModel.TIMINGS, answer.timings());
    if (answer.seed() != null) {
      generation.metadata(FoveaChatModel.SEED, answer.seed());
    }
    return new ChatResponse(
        List.of(new Generation(new AssistantMessage(text), generation.build())),
        ChatResponseMetadata.builder().model(modelName).usage(usage(answer.usage())).build());
  }

  private static DefaultUsage usage(Usage usage) {
    int generated = usage.completionTokens() + usage.forcedTokens();
    return new DefaultUsage(
        usage.promptTokens(),
        generated,
        usage.promptTokens() + generated,
        usage,
        (long) usage.cachedTokens(),
        null);
  }
}
