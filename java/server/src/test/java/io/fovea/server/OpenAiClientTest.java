package io.fovea.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.models.Model;
import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.GenerationOptions;
import io.fovea.image.ImageInput;
import io.fovea.prompt.Turn;
import io.fovea.sampling.SamplingOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's own Java client holds a conversation, and gets what the engine answers. */
@Timeout(120)
class OpenAiClientTest {
  private static final String KEY = "a-key-for-tests";
  private static TestServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    server = TestServer.start(settings -> settings.apiKeys(List.of("another", KEY)));
    client = client(KEY);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.assertNothingLeaks();
    server.close();
  }

  private static OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.uri("/v1").toString())
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams.Builder about(String text) {
    return ChatCompletionCreateParams.builder()
        .model("shapes")
        .addUserMessageOfArrayOfContentParts(
            List.of(
                ChatCompletionContentPart.ofImageUrl(
                    ChatCompletionContentPartImage.builder()
                        .imageUrl(
                            ChatCompletionContentPartImage.ImageUrl.builder()
                                .url(TestServer.dataUri(TestServer.scene()))
                                .build())
                        .build()),
                ChatCompletionContentPart.ofText(
                    ChatCompletionContentPartText.builder().text(text).build())));
  }

  @Test
  void aConversation() {
    Answer first;
    Answer second;
    try (EncodedImage image = server.engine.encode(ImageInput.of(TestServer.SCENE))) {
      first = server.engine.chat(ChatRequest.about(image, "Where is the star?").build());
      second =
          server.engine.chat(
              ChatRequest.about(image, "How many circles are there?")
                  .newImages(0)
                  .history(List.of(new Turn("Where is the star?", first.text(), 1)))
                  .build());
    }
    ChatCompletionCreateParams.Builder params = about("Where is the star?");
    ChatCompletion answer = client.chat().completions().create(params.build());
    assertThat(answer.choices().get(0).message().content()).hasValue(first.text());
    params
        .addMessage(answer.choices().get(0).message())
        .addUserMessage("How many circles are there?");
    ChatCompletion next = client.chat().completions().create(params.build());
    assertThat(next.choices().get(0).message().content()).hasValue(second.text());
    assertThat(next.usage().orElseThrow().promptTokens()).isEqualTo(second.usage().promptTokens());
  }

  @Test
  void aStreamWithSampling() {
    Answer expected;
    GenerationOptions options =
        GenerationOptions.builder()
            .sampling(SamplingOptions.builder().temperature(0.9f).topP(0.95f).seed(7).build())
            .maxNewTokens(20)
            .build();
    try (EncodedImage image = server.engine.encode(ImageInput.of(TestServer.SCENE))) {
      expected =
          server.engine.chat(
              ChatRequest.about(image, "Where is the star?").options(options).build());
    }
    ChatCompletionCreateParams params =
        about("Where is the star?")
            .temperature(0.9)
            .topP(0.95)
            .seed(7)
            .maxCompletionTokens(20)
            .logprobs(true)
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    StringBuilder text = new StringBuilder();
    int[] counts = new int[2];
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      stream.stream()
          .forEach(
              chunk -> {
                chunk
                    .choices()
                    .forEach(
                        choice -> {
                          choice.delta().content().ifPresent(text::append);
                          choice
                              .logprobs()
                              .flatMap(ChatCompletionChunk.Choice.Logprobs::content)
                              .ifPresent(tokens -> counts[0] += tokens.size());
                        });
                chunk.usage().ifPresent(usage -> counts[1] = (int) usage.completionTokens());
              });
    }
    assertThat(text).hasToString(expected.text());
    assertThat(counts[1]).isEqualTo(expected.usage().completionTokens());
    assertThat(counts[0]).isBetween(counts[1] - 1, counts[1]); // the end has no text
  }

  @Test
  void captionsAndTheirBoxes() {
    Caption expected;
    try (EncodedImage image = server.engine.encode(ImageInput.of(TestServer.SCENE))) {
      expected = server.engine.caption(image);
    }
    ChatCompletion answer =
        client
            .chat()
            .completions()
            .create(
                about("")
                    .putAdditionalBodyProperty("fovea", JsonValue.from(Map.of("task", "caption")))
                    .build());
    assertThat(answer.choices().get(0).message().content()).hasValue(expected.text());
    JsonValue grounding = answer.choices().get(0)._additionalProperties().get("fovea");
    assertThat(String.valueOf(grounding)).contains(expected.plainText());
  }

  /** What a program reads as a list of boxes. */
  public static final class Shapes {
    public List<Shape> shapes = List.of();
  }

  /** One of them. */
  public static final class Shape {
    public String label = "";
    public int left;
    public int top;
    public int right;
    public int bottom;
    public double confidence;
  }

  @Test
  void boxesInAFormOfTheClientsOwn() {
    var params = about("the star\nthe orange circle").responseFormat(Shapes.class).build();
    List<Shape> shapes =
        client.chat().completions().create(params).choices().stream()
            .flatMap(choice -> choice.message().content().stream())
            .flatMap(found -> found.shapes.stream())
            .toList();
    assertThat(shapes)
        .extracting(shape -> shape.label)
        .containsExactly("the star", "the orange circle");
    assertThat(shapes.get(0).left).isEqualTo(218);
    assertThat(shapes.get(0).bottom).isEqualTo(199);
    assertThat(shapes.get(0).confidence).isBetween(0.1, 1.0);
  }

  @Test
  void modelsAndErrors() {
    assertThat(client.models().list().data()).extracting(Model::id).containsExactly("shapes");
    BadRequestException refused =
        catchThrowableOfType(
            BadRequestException.class,
            () -> client.chat().completions().create(about("x").n(2).build()));
    assertThat(refused.param()).hasValue("n");
    OpenAIClient stranger = client("wrong");
    assertThat(catchThrowableOfType(UnauthorizedException.class, () -> stranger.models().list()))
        .hasMessageContaining("not known");
    stranger.close();
  }
}
