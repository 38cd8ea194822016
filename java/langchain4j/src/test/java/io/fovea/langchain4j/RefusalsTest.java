package io.fovea.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import io.fovea.engine.FoveaEngine;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing that the engine cannot do is left out in silence. */
class RefusalsTest {
  private static final UserMessage QUESTION = UserMessage.from("Where?");
  private static FoveaEngine engine;

  @BeforeAll
  static void open() {
    engine = Shapes.engine();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static Arguments unsupported(String named, ChatMessage... messages) {
    return Arguments.of(UnsupportedFeatureException.class, named, List.of(messages));
  }

  private static Arguments invalid(String named, ChatMessage... messages) {
    return Arguments.of(InvalidRequestException.class, named, List.of(messages));
  }

  static Stream<Arguments> messages() {
    ToolExecutionRequest call = ToolExecutionRequest.builder().id("1").name("tool").build();
    String noPicture = Base64.getEncoder().encodeToString("no picture".getBytes());
    TextContent text = TextContent.from("Where?");
    return Stream.of(
        unsupported("messages[0] is of type SYSTEM", SystemMessage.from("Be kind."), QUESTION),
        unsupported("messages[1] calls tools", QUESTION, AiMessage.from(call), QUESTION),
        unsupported(
            "messages[1] is of type TOOL_EXECUTION_RESULT",
            QUESTION,
            ToolExecutionResultMessage.from(call, "result")),
        unsupported("type AUDIO", UserMessage.from(text, AudioContent.from("AAAA", "audio/wav"))),
        unsupported("type PDF", UserMessage.from(text, PdfFileContent.from("AAAA", "a/pdf"))),
        unsupported("names its user", UserMessage.from("Ann", "Where?")),
        invalid(
            "imageFetcher",
            UserMessage.from(text, ImageContent.from("https://pictures.test/a.png"))),
        invalid("base64", UserMessage.from(text, ImageContent.from("data:image/png,abc"))),
        invalid("base64", UserMessage.from(text, ImageContent.from("$$$", "image/png"))),
        invalid("JPEG", UserMessage.from(text, ImageContent.from(noPicture, "image/png"))),
        invalid("one picture", UserMessage.from(text, Shapes.picture(), Shapes.picture())),
        invalid("no text", UserMessage.from(Shapes.picture())),
        invalid("answers no question", AiMessage.from("Here."), QUESTION),
        invalid("no user's", QUESTION, AiMessage.from("Here.")));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesMessages(
      Class<? extends Exception> type, String named, List<ChatMessage> conversation)
      throws InterruptedException {
    FoveaChatModel model = FoveaChatModel.builder().engine(engine).build();
    assertThat(catchThrowable(() -> model.chat(conversation)))
        .isInstanceOf(type)
        .hasMessageContaining(named);
    Shapes.assertNoPictureIsOpen(engine);
  }

  private static Arguments parameter(
      Class<? extends Exception> type,
      String named,
      Consumer<DefaultChatRequestParameters.Builder<?>> change) {
    DefaultChatRequestParameters.Builder<?> builder = ChatRequestParameters.builder();
    change.accept(builder);
    return Arguments.of(type, named, builder.build());
  }

  static Stream<Arguments> parameters() {
    Class<? extends Exception> unsupported = UnsupportedFeatureException.class;
    Class<? extends Exception> invalid = InvalidRequestException.class;
    return Stream.of(
        parameter(
            unsupported,
            "toolSpecifications",
            to -> to.toolSpecifications(ToolSpecification.builder().name("tool").build())),
        parameter(unsupported, "toolChoice", to -> to.toolChoice(ToolChoice.REQUIRED)),
        parameter(unsupported, "frequencyPenalty", to -> to.frequencyPenalty(0.5)),
        parameter(unsupported, "presencePenalty", to -> to.presencePenalty(0.5)),
        parameter(unsupported, "without a schema", to -> to.responseFormat(ResponseFormat.JSON)),
        parameter(invalid, "modelName is 'gpt'", to -> to.modelName("gpt")),
        parameter(invalid, "temperature", to -> to.temperature(-1.0)),
        parameter(invalid, "topP", to -> to.topP(2.0)),
        parameter(invalid, "topK", to -> to.topK(-1)),
        parameter(invalid, "maxNewTokens", to -> to.maxOutputTokens(0)),
        parameter(invalid, "stop sequence", to -> to.stopSequences("")));
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void refusesParameters(
      Class<? extends Exception> type, String named, ChatRequestParameters parameters) {
    FoveaChatModel model = FoveaChatModel.builder().engine(engine).build();
    ChatRequest request =
        ChatRequest.builder()
            .messages(UserMessage.from(Shapes.picture(), TextContent.from("Where?")))
            .parameters(parameters)
            .build();
    assertThat(catchThrowable(() -> model.chat(request)))
        .isInstanceOf(type)
        .hasMessageContaining(named);
  }

  /** One that LangChain4j adds must be read or refused, too. */
  @Test
  void allParametersAreKnown() {
    assertThat(ChatRequestParameters.class.getMethods())
        .filteredOn(
            method -> method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers()))
        .extracting(Method::getName)
        .containsExactlyInAnyOrder(
            "modelName",
            "temperature",
            "topP",
            "topK",
            "frequencyPenalty",
            "presencePenalty",
            "maxOutputTokens",
            "stopSequences",
            "toolSpecifications",
            "toolChoice",
            "responseFormat");
  }

  @Test
  void aModelNeedsAnEngine() {
    assertThat(catchThrowable(() -> FoveaChatModel.builder().build()))
        .isInstanceOf(io.fovea.InvalidRequestException.class)
        .hasMessageContaining("engine");
  }
}
