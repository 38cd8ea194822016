package io.fovea.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import io.fovea.InvalidRequestException;
import io.fovea.prompt.Turn;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages as the engine takes them: finished turns, the question that is open, and all pictures in
 * the order in which they were shown.
 *
 * @param newPictures how many of the pictures, the last ones, came with the question
 */
record Conversation(List<Turn> history, String question, List<Image> pictures, int newPictures) {
  /**
   * Reads messages. Those of a user that follow each other without an answer are one question.
   *
   * @throws UnsupportedFeatureException for what the engine's prompts have no place for
   */
  static Conversation of(List<ChatMessage> messages) {
    Reader reader = new Reader();
    for (int i = 0; i < messages.size(); i++) {
      reader.read(messages.get(i), "messages[" + i + "]");
    }
    return reader.end();
  }

  private static final class Reader {
    private final List<Turn> history = new ArrayList<>();
    private final List<Image> pictures = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private int newPictures;
    private boolean open;

    void read(ChatMessage message, String where) {
      if (message instanceof UserMessage user) {
        read(user, where);
      } else if (message instanceof AiMessage answer) {
        read(answer, where);
      } else {
        throw new UnsupportedFeatureException(
            where + " is of type " + message.type() + "; Fovea's models know users and answers");
      }
    }

    private void read(UserMessage message, String where) {
      if (message.name() != null) {
        throw new UnsupportedFeatureException(
            where + " names its user; Fovea's models tell users not apart, leave the name out");
      }
      open = true;
      for (Content content : message.contents()) {
        if (content instanceof TextContent text) {
          texts.add(text.text());
        } else if (content instanceof ImageContent image) {
          pictures.add(image.image());
          newPictures++;
        } else {
          throw new UnsupportedFeatureException(
              where + " has content of type " + content.type() + "; Fovea reads TEXT and IMAGE");
        }
      }
    }

    private void read(AiMessage answer, String where) {
      if (answer.hasToolExecutionRequests()) {
        throw new UnsupportedFeatureException(where + " calls tools; Fovea's models have none");
      }
      String text = answer.text();
      if (text == null || !open) {
        throw new InvalidRequestException(
            where + (text == null ? " has no text" : " answers no question"),
            "let user messages and answers with text take turns");
      }
      history.add(new Turn(question(), text, newPictures));
      texts.clear();
      newPictures = 0;
      open = false;
    }

    private String question() {
      return String.join("\n", texts);
    }

    Conversation end() {
      if (!open) {
        throw new InvalidRequestException(
            "the last message is no user's", "end with the message to be answered");
      }
      return new Conversation(List.copyOf(history), question(), List.copyOf(pictures), newPictures);
    }
  }
}
