package io.fovea.langchain4j;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import io.fovea.chat.Conversation;
import io.fovea.engine.FoveaEngine;
import io.fovea.grounding.PixelBox;
import io.fovea.grounding.Region;
import io.fovea.prompt.PromptTemplate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** LangChain4j's AiServices with a picture and typed boxes. */
@Timeout(60)
class TypedBoxesTest {
  private static FoveaEngine engine;

  /** A box in pixels. */
  record Found(String label, int left, int top, int right, int bottom) {
    double iou(String phrase) {
      return new PixelBox(left, top, right, bottom).iou(requireNonNull(Shapes.TRUTH.get(phrase)));
    }
  }

  /** What a service answers. */
  record Boxes(List<Found> boxes) {}

  /** A box in another spelling, with what is known of it. */
  record Sure(String phrase, double x, double y, double width, double height, Double confidence) {}

  /** What may be found. */
  enum Kind {
    STAR,
    CIRCLE
  }

  /** A box with one of these labels. */
  record Sorted(Kind label, int x1, int y1, int x2, int y2) {}

  /** What no model says. */
  record Weather(String sky, int temperature) {}

  /** What an application declares. */
  interface Finder {
    @UserMessage("Where is {{phrase}}?")
    Boxes find(@V("phrase") String phrase, @UserMessage ImageContent picture);

    @UserMessage("the green square\nfind the yellow diamond.")
    Result<List<Found>> findTwo(@UserMessage ImageContent picture);

    @UserMessage("{{phrase}}")
    List<Sure> sure(@V("phrase") String phrase, @UserMessage ImageContent picture);

    @UserMessage("Describe it.")
    Boxes describe(@UserMessage ImageContent picture);

    @UserMessage("{{phrase}}")
    List<Sorted> sorted(@V("phrase") String phrase, @UserMessage ImageContent picture);

    @UserMessage("What weather is it?")
    Weather weather(@UserMessage ImageContent picture);

    @UserMessage("the star")
    Found one(@UserMessage ImageContent picture);

    @UserMessage("the star")
    Boxes withoutPicture();
  }

  /** The same as a stream. */
  interface Describer {
    @UserMessage("Describe the image.")
    TokenStream describe(@UserMessage ImageContent picture);
  }

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

  private static Finder finder() {
    return AiServices.create(Finder.class, FoveaChatModel.builder().engine(engine).build());
  }

  @Test
  void aPhraseIsLocated() {
    List<Found> boxes = finder().find("the blue star", Shapes.picture()).boxes();
    assertThat(boxes).hasSize(1);
    assertThat(boxes.get(0).label()).isEqualTo("the blue star");
    assertThat(boxes.get(0).iou("the blue star")).isGreaterThan(0.5);
  }

  @Test
  void severalPhrasesAreLocatedTogether() {
    Result<List<Found>> result = finder().findTwo(Shapes.picture());
    List<Found> boxes = result.content();
    assertThat(boxes)
        .extracting(Found::label)
        .containsExactly("the green square", "the yellow diamond");
    boxes.forEach(each -> assertThat(each.iou(each.label())).isGreaterThan(0.5));
    assertThat(result.tokenUsage().outputTokenCount()).isPositive();
    FoveaChatResponseMetadata metadata =
        (FoveaChatResponseMetadata) result.finalResponse().metadata();
    assertThat(metadata.regions())
        .extracting(Region::phrase)
        .containsExactly("the green square", "the yellow diamond");
  }

  @Test
  void anotherSpellingWithConfidence() {
    Sure star = finder().sure("the blue star", Shapes.picture()).get(0);
    assertThat(star.phrase()).isEqualTo("the blue star");
    PixelBox box =
        new PixelBox(star.x(), star.y(), star.x() + star.width(), star.y() + star.height());
    assertThat(box.iou(requireNonNull(Shapes.TRUTH.get("the blue star")))).isGreaterThan(0.5);
    assertThat(star.confidence()).isBetween(0.01, 1.0);
  }

  @Test
  void whatIsNotThereHasNoBox() {
    assertThat(finder().find("the red cross", Shapes.picture()).boxes()).isEmpty();
  }

  @Test
  void aDescriptionHasTheBoxesOfAllItNames() {
    List<Found> boxes = finder().describe(Shapes.picture()).boxes();
    assertThat(boxes).hasSizeGreaterThan(3);
    assertThat(boxes).anyMatch(each -> each.iou("the blue star") > 0.5);
    assertThat(boxes).extracting(Found::label).anyMatch(label -> label.contains("blue star"));
  }

  @Test
  void labelsAreOfThoseThatTheRecordAllows() {
    Finder finder = finder();
    assertThat(finder.sorted("STAR", Shapes.picture())).allMatch(each -> each.label() == Kind.STAR);
    assertThatThrownBy(() -> finder.sorted("the star", Shapes.picture()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("/label/enum forbids the label 'the star'");
    assertThatThrownBy(() -> finder.sorted("Describe it.", Shapes.picture()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("/label/enum is not supported");
  }

  @Test
  void otherSchemasAreRefused() {
    Finder finder = finder();
    assertThatThrownBy(() -> finder.weather(Shapes.picture()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("not for boxes");
    assertThatThrownBy(() -> finder.one(Shapes.picture()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("array");
    assertThatThrownBy(finder::withoutPicture)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("one picture");
  }

  /** What counts for nothing where phrases are located is refused; a description heeds it. */
  @Test
  void parametersOfAnswersInWordsAreNotLeftOutInSilence() {
    Map<String, FoveaChatRequestParameters> each =
        Map.of(
            "temperature", FoveaChatRequestParameters.builder().temperature(0.5).build(),
            "stopSequences", FoveaChatRequestParameters.builder().stopSequences("x").build(),
            "promptTemplate",
                FoveaChatRequestParameters.builder().promptTemplate(PromptTemplate.VQA).build());
    each.forEach(
        (named, parameters) -> {
          Finder finder =
              AiServices.create(
                  Finder.class,
                  FoveaChatModel.builder()
                      .engine(engine)
                      .defaultRequestParameters(parameters)
                      .build());
          assertThatThrownBy(() -> finder.find("the blue star", Shapes.picture()))
              .isInstanceOf(UnsupportedFeatureException.class)
              .hasMessageContaining("without " + named);
        });
  }

  /** A bound on tokens is for descriptions; the boxes of a phrase come whole. */
  @Test
  void aBoundOnTokensCutsDescriptionsOnly() {
    Finder finder =
        AiServices.create(
            Finder.class,
            FoveaChatModel.builder()
                .engine(engine)
                .defaultRequestParameters(
                    FoveaChatRequestParameters.builder().maxOutputTokens(4).build())
                .build());
    assertThat(finder.find("the blue star", Shapes.picture()).boxes()).hasSize(1);
    assertThat(finder.describe(Shapes.picture()).boxes()).isEmpty();
  }

  @Test
  void aLongMessageIsReadInOneGo() {
    String blanks = "Where is" + " ?".repeat(500_000); // each pair could be an end
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () ->
            assertThat(BoxTask.of(asked(blanks + "x" + " ".repeat(500_000))).phrases())
                .singleElement()
                .asString()
                .endsWith("x"));
    assertThat(BoxTask.of(asked("Where is the blue star ?!")).phrases())
        .containsExactly("the blue star");
    assertThat(BoxTask.of(asked("find")).phrases()).containsExactly("find");
    assertThat(BoxTask.of(asked("where are ?")).phrases()).containsExactly("where are ?");
  }

  private static Conversation<String> asked(String text) {
    return Conversation.<String>reader().asked().picture("p").text(text).end();
  }

  @Test
  void aServiceStreams() {
    Describer describer =
        AiServices.create(
            Describer.class, FoveaStreamingChatModel.builder().engine(engine).build());
    StringBuilder parts = new StringBuilder();
    CompletableFuture<String> whole = new CompletableFuture<>();
    describer
        .describe(Shapes.picture())
        .onPartialResponse(parts::append)
        .onCompleteResponse(response -> whole.complete(response.aiMessage().text()))
        .onError(whole::completeExceptionally)
        .start();
    assertThat(whole.join()).startsWith("The image shows").isEqualTo(parts.toString());
  }
}
