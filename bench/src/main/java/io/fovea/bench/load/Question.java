package io.fovea.bench.load;

import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.Usage;
import io.fovea.grounding.Region;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import io.fovea.sampling.SamplingOptions;
import java.util.List;

/**
 * Something asked about a picture. Its answer is always the same: where it is sampled, the seed is
 * part of the question.
 *
 * @param text a phrase to locate, or a question; empty for a caption
 * @param seed of a sampled answer
 */
record Question(Kind kind, String text, long seed) {
  /** What callers do with an engine. */
  enum Kind {
    ENCODE,
    LOCATE,
    ASK,
    CAPTION,
    CHAT
  }

  /**
   * What came back.
   *
   * @param text as generated
   * @param boxes "phrase [[x0,y0,x1,y1]]" each, in the answer's order
   */
  record Reply(String text, List<String> boxes, Usage usage) {
    Reply {
      boxes = List.copyOf(boxes);
    }

    /** Whether text and boxes are the same; what it took may differ. */
    boolean equalsAnswer(Reply other) {
      return text.equals(other.text) && boxes.equals(other.boxes);
    }

    /** Text and boxes, for messages. */
    String answer() {
      return "'" + text + "' " + boxes;
    }
  }

  private static final float WARM = 0.9f;
  private static final float HOT = 100;
  private static final int CHAT_TOKENS = 48;
  private static final List<Turn> HISTORY = List.of(new Turn("How many objects are there?", "two"));

  static Question locate(String phrase) {
    return new Question(Kind.LOCATE, phrase, 0);
  }

  static Question ask(String question) {
    return new Question(Kind.ASK, question, 0);
  }

  static Question caption() {
    return new Question(Kind.CAPTION, "", 0);
  }

  /** The second turn of a conversation, its answer sampled. */
  static Question chat(String question, long seed) {
    return new Question(Kind.CHAT, question, seed);
  }

  /** Puts it and waits. */
  Reply put(FoveaEngine engine, EncodedImage image) {
    return switch (kind) {
      case LOCATE -> {
        Grounding found = engine.locate(image, text);
        yield reply(found.text(), found.regions(), found.usage());
      }
      case CAPTION -> {
        Caption caption = engine.caption(image);
        yield reply(caption.text(), caption.regions(), caption.usage());
      }
      case ASK -> reply(engine.ask(image, text));
      case CHAT -> reply(engine.chat(request(image)));
      case ENCODE -> throw new IllegalStateException("a picture is encoded, not asked about");
    };
  }

  /** It as a request for streams and futures; not for phrases to locate. */
  ChatRequest request(EncodedImage image) {
    GenerationOptions options = GenerationOptions.defaults();
    return switch (kind) {
      case ASK -> ChatRequest.about(image, text).template(PromptTemplate.VQA).build();
      case CHAT ->
          ChatRequest.about(image, text)
              .template(PromptTemplate.CHAT)
              .history(HISTORY)
              .options(
                  options.toBuilder()
                      .maxNewTokens(CHAT_TOKENS)
                      .sampling(sampling(WARM, seed))
                      .build())
              .build();
      case CAPTION ->
          ChatRequest.about(
                  image,
                  "Can you provide a description of the image and include the coordinates"
                      + " [[x0,y0,x1,y1]] for each mentioned object?")
              .template(PromptTemplate.BASE)
              .build();
      case LOCATE, ENCODE -> throw new IllegalStateException(kind + " is no chat");
    };
  }

  /**
   * A request whose answer is long also where the model's own answers are short: all tokens are
   * about as likely, the end token, too. In the bundled model's vocabulary of 640 the context's end
   * mostly comes first.
   */
  static ChatRequest longAnswer(EncodedImage image, long seed) {
    return ChatRequest.about(image, "Describe the image.")
        .template(PromptTemplate.BASE)
        .options(GenerationOptions.builder().sampling(sampling(HOT, seed)).build())
        .build();
  }

  private static SamplingOptions sampling(float temperature, long seed) {
    return SamplingOptions.builder().temperature(temperature).seed(seed).build();
  }

  static Reply reply(Answer answer) {
    return reply(answer.text(), answer.regions(), answer.usage());
  }

  private static Reply reply(String text, List<Region> regions, Usage usage) {
    List<String> boxes =
        regions.stream().map(region -> region.phrase() + " " + region.box().text()).toList();
    return new Reply(text, boxes, usage);
  }
}
