package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.image.ImageInput;
import io.fovea.prompt.Turn;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.hawkular.agent.prometheus.text.TextPrometheusMetricsProcessor;
import org.hawkular.agent.prometheus.types.MetricFamily;
import org.hawkular.agent.prometheus.walkers.CollectorPrometheusMetricsWalker;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

/** The OpenAI clients of LangChain4j and Spring AI, and a parser of Prometheus' text. */
@Timeout(120)
class OtherClientsTest {
  private static final String FIRST = "Where is the star?";
  private static final String SECOND = "How many circles are there?";

  private static TestServer server;
  private static Answer first;
  private static Answer second;

  @BeforeAll
  static void start() {
    server = TestServer.start();
    try (EncodedImage image = server.engine.encode(ImageInput.of(TestServer.SCENE))) {
      first = server.engine.chat(ChatRequest.about(image, FIRST).build());
      second =
          server.engine.chat(
              ChatRequest.about(image, SECOND)
                  .history(List.of(new Turn(FIRST, first.text(), 1)))
                  .build());
    }
  }

  @AfterAll
  static void stop() {
    server.assertNothingLeaks();
    server.close();
  }

  private static String base64() {
    return Base64.getEncoder().encodeToString(TestServer.scene());
  }

  @Test
  void langChain4j() {
    OpenAiChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(server.uri("/v1").toString())
            .apiKey("none")
            .modelName("shapes")
            .maxRetries(0)
            .build();
    List<ChatMessage> messages = new ArrayList<>();
    messages.add(
        UserMessage.from(ImageContent.from(base64(), "image/png"), TextContent.from(FIRST)));
    AiMessage answer = model.chat(messages).aiMessage();
    assertThat(answer.text()).isEqualTo(first.text());
    messages.add(answer);
    messages.add(UserMessage.from(SECOND));
    ChatResponse next = model.chat(messages);
    assertThat(next.aiMessage().text()).isEqualTo(second.text());
    assertThat(next.tokenUsage().inputTokenCount()).isEqualTo(second.usage().promptTokens());
    assertThat(streamed(messages)).isEqualTo(second.text());
  }

  private static String streamed(List<ChatMessage> messages) {
    StringBuilder text = new StringBuilder();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    OpenAiStreamingChatModel.builder()
        .baseUrl(server.uri("/v1").toString())
        .apiKey("none")
        .modelName("shapes")
        .build()
        .chat(
            messages,
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String piece) {
                text.append(piece);
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
              }

              @Override
              public void onError(Throwable error) {
                whole.completeExceptionally(error);
              }
            });
    assertThat(whole.join().aiMessage().text()).isEqualTo(text.toString());
    return text.toString();
  }

  @Test
  void springAi() {
    org.springframework.ai.openai.OpenAiChatModel model =
        org.springframework.ai.openai.OpenAiChatModel.builder()
            .options(
                OpenAiChatOptions.builder()
                    .baseUrl(server.uri("/v1").toString())
                    .apiKey("none")
                    .model("shapes")
                    .build())
            .build();
    Media picture =
        Media.builder()
            .mimeType(MimeTypeUtils.IMAGE_PNG)
            .data(new ByteArrayResource(TestServer.scene()))
            .build();
    List<Message> messages = new ArrayList<>();
    messages.add(
        org.springframework.ai.chat.messages.UserMessage.builder()
            .text(FIRST)
            .media(picture)
            .build());
    AssistantMessage answer = answer(model, messages);
    assertThat(answer.getText()).isEqualTo(first.text());
    messages.add(answer);
    messages.add(new org.springframework.ai.chat.messages.UserMessage(SECOND));
    assertThat(answer(model, messages).getText()).isEqualTo(second.text());
    String streamed =
        model.stream(new Prompt(messages))
            .toStream()
            .flatMap(part -> part.getResults().stream())
            .map(part -> String.valueOf(part.getOutput().getText()))
            .collect(Collectors.joining());
    assertThat(streamed.replace("null", "")).isEqualTo(second.text());
  }

  private static AssistantMessage answer(
      org.springframework.ai.openai.OpenAiChatModel model, List<Message> messages) {
    return Objects.requireNonNull(model.call(new Prompt(messages)).getResult()).getOutput();
  }

  @Test
  void prometheus() {
    server.post("/v1/chat/completions", ChatTest.request(FIRST).toString());
    TestServer.await(() -> count("fovea_requests") >= 1);
    List<MetricFamily> families = families();
    assertThat(families)
        .extracting(MetricFamily::getName)
        .contains("fovea_http_requests_seconds", "fovea_kv_pages", "fovea_engine_health");
    assertThat(
            families.stream()
                .filter(family -> family.getName().equals("fovea_http_requests_seconds"))
                .flatMap(family -> family.getMetrics().stream())
                .map(metric -> metric.getLabels()))
        .anySatisfy(
            labels ->
                assertThat(labels)
                    .containsAllEntriesOf(
                        Map.of("route", "/v1/chat/completions", "status", "200")));
  }

  private static int count(String prefix) {
    return (int) families().stream().filter(family -> family.getName().startsWith(prefix)).count();
  }

  private static List<MetricFamily> families() {
    byte[] text = server.get("/metrics").body().getBytes(StandardCharsets.UTF_8);
    CollectorPrometheusMetricsWalker walker = new CollectorPrometheusMetricsWalker();
    new TextPrometheusMetricsProcessor(new ByteArrayInputStream(text), walker).walk();
    return walker.getAllMetricFamilies();
  }
}
