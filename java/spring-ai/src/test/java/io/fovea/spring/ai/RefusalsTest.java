package io.fovea.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fovea.FoveaException;
import io.fovea.ImageException;
import io.fovea.InvalidRequestException;
import io.fovea.engine.FoveaEngine;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** Nothing that the engine cannot do is left out in silence. */
class RefusalsTest {
  private static final UserMessage QUESTION = new UserMessage("Where?");
  private static FoveaEngine engine;

  @BeforeAll
  static void open() {
    engine = Shapes.engine();
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static Arguments messages(String named, Message... messages) {
    return Arguments.of(named, new Prompt(messages));
  }

  private static Arguments options(String named, ChatOptions options) {
    return Arguments.of(named, new Prompt(Shapes.asked("Where?", Shapes.picture()), options));
  }

  private static Media png(byte[] data) {
    return Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(data).build();
  }

  private static Media at(String address) {
    return new Media(MimeTypeUtils.IMAGE_PNG, URI.create(address));
  }

  static Stream<Arguments> prompts() {
    AssistantMessage answer = new AssistantMessage("Here.");
    AssistantMessage calls =
        AssistantMessage.builder()
            .content("")
            .toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "tool", "{}")))
            .build();
    ToolResponseMessage result = ToolResponseMessage.builder().responses(List.of()).build();
    Media sound =
        Media.builder().mimeType(MimeType.valueOf("audio/wav")).data(new byte[] {1}).build();
    return Stream.of(
        messages("messages[0] is of type SYSTEM", new SystemMessage("Be kind."), QUESTION),
        messages("messages[1] has tool calls", QUESTION, calls, QUESTION),
        messages("messages[1] is of type TOOL", QUESTION, result, QUESTION),
        messages("audio/wav", Shapes.asked("Where?", sound)),
        messages("imageFetcher", Shapes.asked("Where?", at("https://pictures.test/a.png"))),
        messages("not in base64", Shapes.asked("Where?", at("data:image/png,abc"))),
        messages("not base64", Shapes.asked("Where?", at("data:image/png;base64,$$"))),
        messages("one picture", Shapes.asked("Where?", Shapes.picture(), Shapes.picture())),
        messages("no text", Shapes.asked(" ", Shapes.picture())),
        messages("answers no question", answer, QUESTION),
        messages("no user's", QUESTION, answer),
        options("frequencyPenalty", ChatOptions.builder().frequencyPenalty(0.5).build()),
        options("presencePenalty", ChatOptions.builder().presencePenalty(0.5).build()),
        options("'gpt'", ChatOptions.builder().model("gpt").build()),
        options("temperature", ChatOptions.builder().temperature(-1.0).build()),
        options("topP", ChatOptions.builder().topP(2.0).build()),
        options("maxNewTokens", ChatOptions.builder().maxTokens(0).build()),
        options("schema", StructuredOutputChatOptions.builder().outputSchema("{}").build()),
        options("tools", ToolCallingChatOptions.builder().toolCallbacks(List.of(tool())).build()));
  }

  private static FunctionToolCallback<String, String> tool() {
    return FunctionToolCallback.<String, String>builder("tool", text -> text)
        .description("gives back what it gets")
        .inputType(String.class)
        .build();
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void refuses(String named, Prompt prompt) throws InterruptedException {
    FoveaChatModel model = FoveaChatModel.builder().engine(engine).build();
    assertThat(catchThrowable(() -> model.call(prompt)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(named);
    assertThat(catchThrowable(() -> model.stream(prompt).blockLast()))
        .isInstanceOf(FoveaException.class)
        .hasMessageContaining(named);
    Shapes.assertNoPictureIsOpen(engine);
  }

  @Test
  void refusesWhatIsNoPicture() {
    FoveaChatModel model = FoveaChatModel.builder().engine(engine).build();
    Prompt prompt = new Prompt(Shapes.asked("Where?", png("no picture".getBytes())));
    assertThat(catchThrowable(() -> model.call(prompt))).isInstanceOf(ImageException.class);
  }

  @Test
  void aModelNeedsAnEngine() {
    assertThat(catchThrowable(() -> FoveaChatModel.builder().build()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("engine");
  }
}
