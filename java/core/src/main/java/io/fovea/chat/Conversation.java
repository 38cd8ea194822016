package io.fovea.chat;

import static java.util.Objects.requireNonNull;

import io.fovea.InvalidRequestException;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.GenerationOptions;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages as the engine takes them: finished turns, the question that is open, and all pictures in
 * the order in which they were shown. Immutable.
 *
 * @param <P> what a framework calls a picture
 * @param newPictures how many of the pictures, the last ones, came with the question
 */
public record Conversation<P>(
    List<Turn> history, String question, List<P> pictures, int newPictures) {
  /** Copies the lists. */
  public Conversation {
    history = List.copyOf(history);
    pictures = List.copyOf(pictures);
  }

  /** For messages, in their order. */
  public static <P> Reader<P> reader() {
    return new Reader<>();
  }

  /**
   * The same, where something is asked.
   *
   * @throws InvalidRequestException where the open question is blank
   */
  public Conversation<P> requireQuestion() {
    if (question.isBlank()) {
      throw new InvalidRequestException("the last message has no text", "say what to ask");
    }
    return this;
  }

  /**
   * What the engine is asked.
   *
   * @param images the pictures, encoded, in their order
   * @param template null for the model's own
   */
  public ChatRequest request(
      List<EncodedImage> images, @Nullable PromptTemplate template, GenerationOptions options) {
    ChatRequest.Builder request =
        images.isEmpty() ? ChatRequest.textOnly(question) : ChatRequest.about(images, question);
    return request
        .newImages(newPictures)
        .history(history)
        .template(template)
        .options(options)
        .build();
  }

  /**
   * Reads messages. Those of a user that follow each other without an answer are one question.
   *
   * @param <P> what a framework calls a picture
   */
  public static final class Reader<P> {
    private final List<Turn> history = new ArrayList<>();
    private final List<P> pictures = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private int newPictures;
    private boolean open;

    private Reader() {}

    /** A message of the user begins; its texts and pictures follow, if it has any. */
    public Reader<P> asked() {
      open = true;
      return this;
    }

    /** A text of the user's message, which begins here if it has not. */
    public Reader<P> text(String text) {
      texts.add(requireNonNull(text, "text"));
      return asked();
    }

    /** A picture of the user's message, which begins here if it has not. */
    public Reader<P> picture(P picture) {
      pictures.add(requireNonNull(picture, "picture"));
      newPictures++;
      return asked();
    }

    /**
     * An answer of the model.
     *
     * @param text null where the framework has none
     * @param where the message stands, for errors: such as {@code messages[1]}
     * @throws InvalidRequestException where it has no text, or nothing was asked before
     */
    public Reader<P> answered(@Nullable String text, String where) {
      if (text == null || !open) {
        throw new InvalidRequestException(
            where + (text == null ? " has no text" : " answers no question"),
            "let user messages and answers with text take turns");
      }
      history.add(new Turn(question(), text, newPictures));
      texts.clear();
      newPictures = 0;
      open = false;
      return this;
    }

    private String question() {
      return String.join("\n", texts);
    }

    /**
     * All that was read.
     *
     * @throws InvalidRequestException where the last message is not the user's
     */
    public Conversation<P> end() {
      if (!open) {
        throw new InvalidRequestException(
            "the last message is no user's", "end with the message to be answered");
      }
      return new Conversation<>(history, question(), pictures, newPictures);
    }
  }
}
