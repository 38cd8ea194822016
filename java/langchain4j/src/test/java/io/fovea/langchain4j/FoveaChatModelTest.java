package io.fovea.langchain4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import io.fovea.EngineClosedException;
import io.fovea.engine.Answer;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.ImageCache;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.sampling.SamplingOptions;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FoveaChatModelTest {
  private static FoveaEngine engine;

  @BeforeAll
  static void open() {
    engine = Shapes.engine();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @AfterEach
  void nothingLeaks() throws InterruptedException {
    Shapes.assertNoPictureIsOpen(engine);
  }

  private static FoveaChatModel model() {
    return FoveaChatModel.builder().engine(engine).build();
  }

  private static UserMessage asked(String question) {
    return UserMessage.from(Shapes.picture(), TextContent.from(question));
  }

  private static ChatRequest request(ChatRequestParameters parameters, String question) {
    return ChatRequest.builder().messages(asked(question)).parameters(parameters).build();
  }

  private static Answer engineAnswer(io.fovea.engine.ChatRequest.Builder request) {
    return engine.chat(request.build());
  }

  @Test
  void answersAsTheEngineDoes() {
    ChatResponse response = model().chat(asked("What color is the star?"));
    try (EncodedImage image = engine.encode(ImageInput.of(Shapes.scene()))) {
      Answer answer =
          engineAnswer(io.fovea.engine.ChatRequest.about(image, "What color is the star?"));
      assertThat(response.aiMessage().text()).isEqualTo(answer.text()).contains("blue");
      assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(answer.usage().promptTokens());
      assertThat(response.tokenUsage().outputTokenCount())
          .isEqualTo(answer.usage().completionTokens());
    }
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(response.modelName()).isEqualTo("cogvlm-shapes");
  }

  @Test
  void tellsTheBoxesInItsWords() {
    ChatResponse response = model().chat(asked("Where is the blue star?"));
    FoveaChatResponseMetadata metadata = (FoveaChatResponseMetadata) response.metadata();
    assertThat(metadata.regions()).hasSize(1);
    assertThat(
            requireNonNull(metadata.regions().get(0).pixels())
                .iou(requireNonNull(Shapes.TRUTH.get("the blue star"))))
        .isGreaterThan(0.5);
    assertThat(metadata.usage().imageTokens()).isPositive();
    assertThat(metadata.timings()).isNotNull();
    assertThat(metadata.toBuilder().build()).isEqualTo(metadata);
  }

  @Test
  void takesSeveralTurnsAndEncodesTheirPictureOnce() {
    FoveaChatRequestParameters chat =
        FoveaChatRequestParameters.builder().promptTemplate(PromptTemplate.CHAT).build();
    try (ImageCache cache = new ImageCache(engine, 1 << 20);
        EncodedImage image = engine.encode(ImageInput.of(Shapes.scene()))) {
      FoveaChatModel model =
          FoveaChatModel.builder()
              .engine(engine)
              .imageCache(cache)
              .defaultRequestParameters(chat)
              .build();
      UserMessage first = asked("How many objects are there?");
      AiMessage answer = model.chat(first).aiMessage();
      UserMessage second = UserMessage.from("Is there a green star?");
      String text = model.chat(first, answer, second).aiMessage().text();

      Turn turn = new Turn("How many objects are there?", answer.text(), 1);
      assertThat(text)
          .isEqualTo(
              engineAnswer(
                      io.fovea.engine.ChatRequest.about(image, "Is there a green star?")
                          .history(List.of(turn))
                          .template(PromptTemplate.CHAT))
                  .text());
      assertThat(cache.stats().misses()).isEqualTo(1);
      assertThat(cache.stats().hits()).isEqualTo(1);
    }
  }

  @Test
  void obeysParameters() {
    ChatResponse cut =
        model()
            .chat(
                request(
                    ChatRequestParameters.builder().maxOutputTokens(2).build(),
                    "Describe the image."));
    assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(cut.tokenUsage().outputTokenCount()).isEqualTo(2);

    ChatResponse stopped =
        model()
            .chat(
                request(
                    ChatRequestParameters.builder().stopSequences(" and").build(),
                    "Describe the image."));
    assertThat(stopped.aiMessage().text()).startsWith("The image shows").doesNotContain(" and");
    assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void drawsWithTheSeedGiven() {
    FoveaChatRequestParameters drawn =
        FoveaChatRequestParameters.builder()
            .temperature(1.5)
            .topP(0.9)
            .topK(20)
            .seed(7L)
            .caller("somebody")
            .build();
    ChatResponse response = model().chat(request(drawn, "Describe the image."));
    SamplingOptions sampling =
        SamplingOptions.builder().temperature(1.5f).topP(0.9f).topK(20).seed(7).build();
    try (EncodedImage image = engine.encode(ImageInput.of(Shapes.scene()))) {
      assertThat(response.aiMessage().text())
          .isEqualTo(
              engineAnswer(
                      io.fovea.engine.ChatRequest.about(image, "Describe the image.")
                          .options(GenerationOptions.builder().sampling(sampling).build()))
                  .text());
    }
    assertThat(((FoveaChatResponseMetadata) response.metadata()).seed()).isEqualTo(7);
  }

  @Test
  void fetchesPicturesOnlyAsTheApplicationSays() {
    URI url = URI.create("https://pictures.test/scene.png");
    List<URI> fetched = new ArrayList<>();
    FoveaChatModel model =
        FoveaChatModel.builder()
            .engine(engine)
            .imageFetcher(
                each -> {
                  fetched.add(each);
                  return Shapes.scene();
                })
            .build();
    String text =
        model
            .chat(
                UserMessage.from(
                    ImageContent.from(url), TextContent.from("What color is the star?")))
            .aiMessage()
            .text();
    assertThat(text).contains("blue");
    assertThat(fetched).containsExactly(url);
  }

  @Test
  void readsDataUris() {
    String data = "data:image/png;base64," + Shapes.picture().image().base64Data();
    UserMessage message =
        UserMessage.from(ImageContent.from(data), TextContent.from("What color is the star?"));
    assertThat(model().chat(message).aiMessage().text()).contains("blue");
  }

  @Test
  void tellsListeners() {
    List<String> told = new ArrayList<>();
    ChatModelListener listener =
        new ChatModelListener() {
          @Override
          public void onRequest(ChatModelRequestContext context) {
            told.add("request of " + context.chatRequest().messages().size());
          }

          @Override
          public void onResponse(ChatModelResponseContext context) {
            told.add("response " + context.chatResponse().aiMessage().text().strip());
          }

          @Override
          public void onError(ChatModelErrorContext context) {
            told.add("error " + context.error().getClass().getSimpleName());
          }
        };
    FoveaChatModel model =
        FoveaChatModel.builder().engine(engine).listeners(List.of(listener)).build();
    model.chat(asked("What color is the star?"));
    assertThatThrownBy(() -> model.chat(UserMessage.from(" "))).isInstanceOf(Exception.class);
    assertThat(told)
        .containsExactly(
            "request of 1", "response blue", "request of 1", "error InvalidRequestException");
  }

  @Test
  void aDeadlineIsATimeout() {
    FoveaChatRequestParameters late =
        FoveaChatRequestParameters.builder().deadline(Duration.ofNanos(1)).build();
    assertThatThrownBy(() -> model().chat(request(late, "Describe the image.")))
        .isInstanceOf(TimeoutException.class);
  }

  @Test
  void aClosedEngineSaysSo() {
    FoveaEngine closed = Shapes.engine();
    closed.close();
    FoveaChatModel model = FoveaChatModel.builder().engine(closed).build();
    assertThatThrownBy(() -> model.chat(asked("Where?")))
        .isInstanceOf(LangChain4jException.class)
        .hasCauseInstanceOf(EngineClosedException.class);
  }
}
