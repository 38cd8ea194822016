package io.fovea.spring.ai;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeadlineExceededException;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.ImageCache;
import io.fovea.grounding.PixelBox;
import io.fovea.grounding.Region;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.sampling.SamplingOptions;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.MimeTypeUtils;
import reactor.core.publisher.Flux;

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

  private static Prompt prompt(String question, @Nullable ChatOptions options) {
    return new Prompt(Shapes.asked(question, Shapes.picture()), options);
  }

  private static Answer engineAnswer(String question, GenerationOptions options) {
    try (EncodedImage image = engine.encode(ImageInput.of(Shapes.SCENE))) {
      return engine.chat(ChatRequest.about(image, question).options(options).build());
    }
  }

  private static String text(ChatResponse response) {
    return requireNonNull(requireNonNull(response.getResult()).getOutput().getText());
  }

  private static List<Region> regions(ChatResponse response) {
    return requireNonNull(
        requireNonNull(response.getResult())
            .getMetadata()
            .<List<Region>>get(FoveaChatModel.REGIONS));
  }

  @Test
  void answersAsTheEngineDoes() {
    ChatResponse response = model().call(prompt("What color is the star?", null));
    Answer answer = engineAnswer("What color is the star?", GenerationOptions.defaults());
    assertThat(text(response)).isEqualTo(answer.text()).contains("blue");
    assertThat(requireNonNull(response.getResult()).getMetadata().getFinishReason())
        .isEqualTo("STOP");
    assertThat(response.getMetadata().getModel()).isEqualTo("cogvlm-shapes");
    assertThat(response.getMetadata().getUsage().getPromptTokens())
        .isEqualTo(answer.usage().promptTokens());
    assertThat(response.getMetadata().getUsage().getCompletionTokens())
        .isEqualTo(answer.usage().completionTokens());
    assertThat(response.getMetadata().getUsage().getNativeUsage())
        .isInstanceOf(io.fovea.engine.Usage.class);
  }

  @Test
  void tellsTheBoxes() {
    ChatResponse response = model().call(prompt("Where is the blue star?", null));
    List<Region> regions = regions(response);
    assertThat(regions).hasSize(1);
    PixelBox truth = new PixelBox(221, 154, 269, 201); // demo/truth.json
    assertThat(requireNonNull(regions.get(0).pixels()).iou(truth)).isGreaterThan(0.5);
  }

  @Test
  void obeysOptionsOfAnyKind() {
    ChatResponse cut =
        model().call(prompt("Describe the image.", ChatOptions.builder().maxTokens(2).build()));
    assertThat(requireNonNull(cut.getResult()).getMetadata().getFinishReason()).isEqualTo("LENGTH");
    assertThat(cut.getMetadata().getUsage().getCompletionTokens()).isEqualTo(2);

    FoveaChatOptions drawn =
        FoveaChatOptions.builder().temperature(1.5).topP(0.9).topK(20).seed(7L).build();
    ChatResponse response = model().call(prompt("Describe the image.", drawn));
    SamplingOptions sampling =
        SamplingOptions.builder().temperature(1.5f).topP(0.9f).topK(20).seed(7).build();
    assertThat(text(response))
        .isEqualTo(
            engineAnswer(
                    "Describe the image.", GenerationOptions.builder().sampling(sampling).build())
                .text());
    assertThat(requireNonNull(response.getResult()).getMetadata().<Long>get(FoveaChatModel.SEED))
        .isEqualTo(7);
  }

  @Test
  void optionsGivenComeBeforeDefaults() {
    FoveaChatOptions defaults =
        FoveaChatOptions.builder()
            .maxTokens(2)
            .caller("somebody")
            .stopSequences(List.of("image"))
            .build();
    FoveaChatModel model = FoveaChatModel.builder().engine(engine).options(defaults).build();
    ChatOptions given = ChatOptions.builder().maxTokens(20).stopSequences(List.of("and")).build();
    assertThat(text(model.call(prompt("Describe the image.", given))))
        .contains("image")
        .doesNotContain("and");
    FoveaChatOptions merged = defaults.mutate().combineWith(given.mutate()).build();
    assertThat(merged.getCaller()).isEqualTo("somebody");
    assertThat(merged.getMaxTokens()).isEqualTo(20);
  }

  @Test
  void takesSeveralTurnsAndEncodesTheirPictureOnce() {
    FoveaChatOptions chat = FoveaChatOptions.builder().promptTemplate(PromptTemplate.CHAT).build();
    try (ImageCache cache = new ImageCache(engine, 1 << 20);
        EncodedImage image = engine.encode(ImageInput.of(Shapes.SCENE))) {
      FoveaChatModel model =
          FoveaChatModel.builder().engine(engine).imageCache(cache).options(chat).build();
      UserMessage first = Shapes.asked("How many objects are there?", Shapes.picture());
      AssistantMessage answer =
          requireNonNull(model.call(new Prompt(first)).getResult()).getOutput();
      UserMessage second = new UserMessage("Is there a green star?");
      String text = text(model.call(new Prompt(first, answer, second)));

      Turn turn = new Turn("How many objects are there?", requireNonNull(answer.getText()), 1);
      assertThat(text)
          .isEqualTo(
              engine
                  .chat(
                      ChatRequest.about(image, "Is there a green star?")
                          .history(List.of(turn))
                          .template(PromptTemplate.CHAT)
                          .build())
                  .text());
      assertThat(cache.stats().misses()).isEqualTo(1);
    }
  }

  @Test
  void fetchesPicturesOnlyAsTheApplicationSays() {
    URI url = URI.create("https://pictures.test/scene.png");
    Map<URI, byte[]> pictures = Map.of(url, Shapes.picture().getDataAsByteArray());
    FoveaChatModel model =
        FoveaChatModel.builder()
            .engine(engine)
            .imageFetcher(each -> requireNonNull(pictures.get(each)))
            .build();
    Media media = new Media(MimeTypeUtils.IMAGE_PNG, url);
    assertThat(text(model.call(new Prompt(Shapes.asked("What color is the star?", media)))))
        .contains("blue");
  }

  @Test
  void streamsTheSameAnswer() {
    Prompt prompt = prompt("Where is the blue star?", null);
    List<ChatResponse> parts = requireNonNull(model().stream(prompt).collectList().block());
    StringBuilder joined = new StringBuilder();
    parts.forEach(part -> joined.append(text(part)));
    ChatResponse whole = model().call(prompt);
    assertThat(joined.toString()).isEqualTo(text(whole));
    assertThat(parts).hasSizeGreaterThan(5);
    ChatResponse last = parts.get(parts.size() - 1);
    assertThat(requireNonNull(last.getResult()).getMetadata().getFinishReason()).isEqualTo("STOP");
    assertThat(regions(last)).hasSize(1);
    assertThat(last.getMetadata().getUsage().getTotalTokens())
        .isEqualTo(whole.getMetadata().getUsage().getTotalTokens());
  }

  @Test
  void cancellingAStreamEndsItsRequest() throws InterruptedException {
    long cancelled = engine.stats().cancelled();
    assertThat(model().stream(prompt("Describe the image.", null)).take(1).collectList().block())
        .hasSize(1);
    for (int i = 0; i < 1000 && engine.stats().cancelled() == cancelled; i++) {
      Thread.sleep(10);
    }
    assertThat(engine.stats().cancelled()).isEqualTo(cancelled + 1);
  }

  @Test
  void aDeadlineIsAnErrorOfBoth() {
    FoveaChatOptions late = FoveaChatOptions.builder().deadline(Duration.ofNanos(1)).build();
    Prompt prompt = prompt("Describe the image.", late);
    assertThatThrownBy(() -> model().call(prompt)).isInstanceOf(DeadlineExceededException.class);
    Flux<ChatResponse> stream = model().stream(prompt);
    assertThatThrownBy(stream::blockLast).isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  void soIsOneThatPassesAfterThePictureIsThere() {
    FoveaChatOptions late = FoveaChatOptions.builder().deadline(Duration.ofNanos(1)).build();
    try (ImageCache cache = new ImageCache(engine, 1 << 20)) {
      cache.encode(Shapes.picture().getDataAsByteArray()).close();
      FoveaChatModel model = FoveaChatModel.builder().engine(engine).imageCache(cache).build();
      Flux<ChatResponse> stream = model.stream(prompt("Describe the image.", late));
      assertThatThrownBy(stream::blockLast).isInstanceOf(DeadlineExceededException.class);
    }
  }

  @Test
  void aChatClientTalksToIt() {
    ChatClient client = ChatClient.create(model());
    FileSystemResource scene = new FileSystemResource(Shapes.SCENE);
    String answer =
        client
            .prompt()
            .user(
                user -> user.text("What color is the star?").media(MimeTypeUtils.IMAGE_PNG, scene))
            .call()
            .content();
    assertThat(answer).contains("blue");
    List<String> streamed =
        client
            .prompt()
            .options(FoveaChatOptions.builder().maxTokens(4))
            .user(user -> user.text("Describe the image.").media(MimeTypeUtils.IMAGE_PNG, scene))
            .stream()
            .content()
            .collectList()
            .block();
    assertThat(String.join("", requireNonNull(streamed)))
        .isEqualTo(
            engineAnswer("Describe the image.", GenerationOptions.builder().maxNewTokens(4).build())
                .text());
  }
}
